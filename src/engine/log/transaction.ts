import { LIMITS } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { BLANK_QUEUE, boundsOf, holdsKeys, type Queue, queueOf, queueOfKey } from "./bounds.ts";
import { valueChanged } from "./failure.ts";
import { type IdempotencyKey, type KeptAnswer, keyMismatch } from "./idempotency-key.ts";
import type { Expectation } from "./log.ts";
import {
  copyRecord,
  type Draft,
  type Entry,
  emptyRecord,
  fold,
  isBlank,
  overdueAt,
  type TopicRecord,
  versionOf,
} from "./record.ts";

/**
 * A topic as a log keeps it. `at` is the time of its last change, in milliseconds since 1970; `queue` the expiry queue
 * (bounds.ts) that it is in while it shows something.
 */
export interface StoredTopic {
  readonly record: TopicRecord;
  readonly at: number;
  readonly queue?: Queue | undefined;
}

/** The place of a topic, or of a key, in an expiry queue: they are ordered by `at`. */
export interface QueuePlace {
  readonly queue: Queue;
  readonly at: number;
  readonly name: string;
}

/** What a log holds durably, as a transaction needs to see it. */
export interface LogState {
  /** The log's id. */
  readonly id: string;
  /** The seq of the last entry. */
  readonly head: number;
  /** The highest seq that a topic had which was forgotten. */
  readonly forgottenTo: number;
  topic(topic: Topic): StoredTopic | undefined;
  /** What was answered to a key. */
  answer(name: string): KeptAnswer | undefined;
  /** How many there are in each queue. */
  readonly queues: ReadonlyMap<Queue, number>;
  /** The names at a queue's head: at most `limit`, and only those that last changed at or before the time `until`. */
  oldest(queue: Queue, until: number, limit: number): Iterable<string>;
}

/** One call of the log's `append` or `sweep`. */
export interface AppendRequest {
  readonly drafts: readonly Draft[];
  readonly key?: IdempotencyKey | undefined;
  /** See `AppendOptions`. */
  readonly refusal?: Problem | undefined;
  readonly expect?: Expectation | undefined;
  /** Instead of appending: how many things that are too old to remove at most. The outcome is how many were removed. */
  readonly sweep?: number | undefined;
}

/** What one thing is before a transaction, and after it. */
interface Staged<Kept> {
  readonly before: Kept | undefined;
  /** Undefined: it is forgotten. */
  readonly after: Kept | undefined;
}

/**
 * The result of working out some requests: all that is to be written, and what to answer. Nothing has changed yet; the log
 * writes it in one step, and only then applies it to what it has in memory.
 */
export interface Transaction {
  readonly at: number;
  readonly head: number;
  readonly forgottenTo: number;
  readonly entries: readonly Entry[];
  /** For each request, in order: what to answer once this is durable. */
  readonly outcomes: readonly (number | Problem)[];
  readonly topics: ReadonlyMap<Topic, Staged<StoredTopic>>;
  readonly answers: ReadonlyMap<string, Staged<KeptAnswer>>;
  /** Places in queues that are given up, and those that are taken. */
  readonly left: readonly QueuePlace[];
  readonly joined: readonly QueuePlace[];
  /** The new sizes of the queues whose size changes. */
  readonly queues: ReadonlyMap<Queue, number>;
}

/**
 * Works out requests, one after the other: gives each entry its seq, and looks at keys and expectations. The log calls it for
 * one batch at a time, and commits that before the next, so that nothing can change in between.
 * @param at the time of the entries, in milliseconds since 1970
 */
export function transact(requests: readonly AppendRequest[], state: LogState, at: number): Transaction {
  const builder = new TransactionBuilder(state, at);
  const outcomes = requests.map((request) => builder.handle(request));
  builder.forgetSurplus();
  const { head, forgottenTo, entries, topics, answers } = builder;
  return { at, head, forgottenTo, entries, outcomes, topics, answers, ...builder.moves() };
}

class TransactionBuilder {
  head: number;
  forgottenTo: number;
  readonly entries: Entry[] = [];
  readonly topics = new Map<Topic, Staged<StoredTopic>>();
  readonly answers = new Map<string, Staged<KeptAnswer>>();
  readonly #state: LogState;
  readonly #at: number;

  constructor(state: LogState, at: number) {
    this.#state = state;
    this.#at = at;
    this.head = state.head;
    this.forgottenTo = state.forgottenTo;
  }

  handle({ drafts, key, refusal, expect, sweep }: AppendRequest): number | Problem {
    if (sweep !== undefined) return this.#sweep(sweep);
    const answer = key && this.#answer(key.name).after;
    if (answer !== undefined && this.#at - answer.at < LIMITS.keyMs) {
      return answer.fingerprint === key!.fingerprint ? answer.seq : keyMismatch();
    }
    if (refusal !== undefined) return refusal;
    const changed = expect && this.#checkExpected(expect);
    if (changed !== undefined) return changed;
    for (const draft of drafts) this.#append(draft);
    if (key !== undefined) {
      const { before } = this.#answer(key.name);
      const after = { fingerprint: key.fingerprint, seq: this.head, at: this.#at };
      this.answers.set(key.name, { before, after });
    }
    return this.head;
  }

  #checkExpected({ topic, item, versions }: Expectation): Problem | undefined {
    const { id } = this.#state;
    const present = versionOf(id, this.#topic(topic).after?.record, item);
    const stands = versions === "any" ? present !== `${id}-0` : versions.includes(present);
    return stands ? undefined : valueChanged(present);
  }

  /**
   * Where a queue holds more than it may, the oldest go. A topic that is emptied by this joins the queue of emptied topics,
   * which may then hold too many in turn: so it goes on until none does.
   */
  forgetSurplus(): void {
    for (let surplus = this.#surplus(); surplus.length > 0; surplus = this.#surplus()) {
      for (const { queue, name } of surplus) this.#forget(queue, name);
    }
  }

  /** How all that is staged changes the queues. */
  moves(): Pick<Transaction, "left" | "joined" | "queues"> {
    const [left, joined]: [QueuePlace[], QueuePlace[]] = [[], []];
    const queues = new Map<Queue, number>();
    const size = (queue: Queue) => queues.get(queue) ?? this.#state.queues.get(queue) ?? 0;
    const move = (before: QueuePlace | undefined, after: QueuePlace | undefined) => {
      if (before !== undefined) left.push(before);
      if (after !== undefined) joined.push(after);
      if (before?.queue === after?.queue) return;
      if (before !== undefined) queues.set(before.queue, size(before.queue) - 1);
      if (after !== undefined) queues.set(after.queue, size(after.queue) + 1);
    };
    for (const [name, { before, after }] of this.topics) move(topicPlace(name, before), topicPlace(name, after));
    for (const [name, { before, after }] of this.answers) move(keyPlace(name, before), keyPlace(name, after));
    return { left, joined, queues };
  }

  #sweep(limit: number): number {
    const due = [...this.#state.queues.keys()].flatMap((queue) =>
      [...this.#state.oldest(queue, this.#at - boundsOf(queue).maxAgeMs, limit)].map((name) => ({ queue, name })),
    );
    const going = due.slice(0, limit);
    for (const { queue, name } of going) if (!this.#hasMoved(queue, name)) this.#forget(queue, name);
    return going.length;
  }

  #surplus(): Pick<QueuePlace, "queue" | "name">[] {
    const { left, joined, queues } = this.moves();
    return [...queues].flatMap(([queue, size]) => {
      const many = size - boundsOf(queue).maxCount;
      if (many <= 0) return [];
      const standing = [...this.#state.oldest(queue, Number.MAX_SAFE_INTEGER, many + left.length)];
      const names = standing.filter((name) => !this.#hasMoved(queue, name));
      for (const place of joined) if (place.queue === queue) names.push(place.name);
      return names.slice(0, many).map((name) => ({ queue, name }));
    });
  }

  #hasMoved(queue: Queue, name: string): boolean {
    return holdsKeys(queue) ? this.answers.has(name) : this.topics.has(name as Topic);
  }

  #forget(queue: Queue, name: string): void {
    if (holdsKeys(queue)) {
      this.answers.set(name, { before: this.#answer(name).before, after: undefined });
    } else if (queue === BLANK_QUEUE) {
      const { before, after } = this.#topic(name as Topic);
      this.forgottenTo = Math.max(this.forgottenTo, after?.record.seq ?? 0);
      this.topics.set(name as Topic, { before, after: undefined });
    } else {
      this.#append({ op: "clear", topic: name as Topic });
    }
  }

  #append(draft: Draft): void {
    const at = this.#at;
    const { topic, op } = draft;
    const { before, after: now } = this.#topic(topic);
    if (op === "stale" && draft.quietMs !== undefined) {
      if (now === undefined || overdueAt(now.record, draft.quietMs) > at) return;
    }
    const entry: Entry = { ...draft, seq: ++this.head, at };
    this.entries.push(entry);
    // A durable record is copied before it is changed, since the transaction may fail.
    const shared = now === before;
    const record = now === undefined ? emptyRecord(this.forgottenTo) : shared ? copyRecord(now.record) : now.record;
    const change = fold(record, entry);
    // To touch a topic that shows nothing does not make it younger. Its source's checkpoint is kept all the same.
    const touched = op === "touch" && (draft.checkpoint !== undefined || !isBlank(record));
    if (change === undefined && !touched) return;
    const bounds = op === "publish" ? draft.bounds : undefined;
    const queue = bounds === undefined ? (now?.queue ?? queueOf(topic)) : queueOf(topic, bounds);
    this.topics.set(topic, { before, after: { record, at, queue } });
  }

  #topic(topic: Topic): Staged<StoredTopic> {
    const staged = this.topics.get(topic);
    if (staged !== undefined) return staged;
    const before = this.#state.topic(topic);
    return { before, after: before };
  }

  #answer(name: string): Staged<KeptAnswer> {
    const staged = this.answers.get(name);
    if (staged !== undefined) return staged;
    const before = this.#state.answer(name);
    return { before, after: before };
  }
}

export function topicPlace(name: string, stored: StoredTopic | undefined): QueuePlace | undefined {
  if (stored === undefined) return undefined;
  const { record, at } = stored;
  const queue = isBlank(record) ? BLANK_QUEUE : stored.queue;
  return queue === undefined ? undefined : { queue, at, name };
}

export function keyPlace(name: string, answer: KeptAnswer | undefined): QueuePlace | undefined {
  return answer && { queue: queueOfKey(name), at: answer.at, name };
}

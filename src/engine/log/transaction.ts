import type { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { BLANK, boundsOf, KEYS, type Queue, queueOf } from "./bounds.ts";
import { valueChanged } from "./failure.ts";
import { type IdempotencyKey, KEY_LIFE_MS, type KeptAnswer, mismatch } from "./idempotency-key.ts";
import type { Expectation } from "./log.ts";
import {
  copyRecord,
  type Draft,
  type Entry,
  emptyRecord,
  fold,
  isBlank,
  type TopicRecord,
  versionOf,
} from "./record.ts";

/** A topic as a log keeps it; `at` is its last change, `queue` where it stands while it shows something. */
export interface Stored {
  readonly record: TopicRecord;
  readonly at: number;
  readonly queue?: Queue | undefined;
}

/** Where a topic or a key stands in a queue. */
export interface QueuePlace {
  readonly queue: Queue;
  readonly at: number;
  readonly name: string;
}

/** What is durable now. */
export interface State {
  /** The log's. */
  readonly id: string;
  readonly head: number;
  /** The newest seq of the topics that were forgotten. */
  readonly forgottenTo: number;
  topic(topic: Topic): Stored | undefined;
  answer(name: string): KeptAnswer | undefined;
  /** How many stand in each queue. */
  readonly queues: ReadonlyMap<Queue, number>;
  /** Those at a queue's head, `limit` of them at most, none that changed after `until`. */
  oldest(queue: Queue, until: number, limit: number): Iterable<string>;
}

export interface Request {
  readonly drafts: readonly Draft[];
  readonly key?: IdempotencyKey | undefined;
  /** What it is told instead of being appended, unless its key has an answer. */
  readonly refusal?: Problem | undefined;
  readonly expect?: Expectation | undefined;
  /** Lets go of what is too old, so many at most; its outcome is how many. */
  readonly sweep?: number | undefined;
}

interface Change<Kept> {
  readonly before: Kept | undefined;
  /** Without it, it is forgotten. */
  readonly after: Kept | undefined;
}

/** One transaction: from the state before it to the state after it. Nothing is changed until it is committed. */
export interface Transaction {
  readonly at: number;
  readonly head: number;
  readonly forgottenTo: number;
  readonly entries: readonly Entry[];
  /** What each request is told once this is durable. */
  readonly outcomes: readonly (number | Problem)[];
  readonly topics: ReadonlyMap<Topic, Change<Stored>>;
  readonly answers: ReadonlyMap<string, Change<KeptAnswer>>;
  readonly left: readonly QueuePlace[];
  readonly joined: readonly QueuePlace[];
  /** The sizes of the queues that change. */
  readonly queues: ReadonlyMap<Queue, number>;
}

/** Gives each request its place in the order. Keys are looked up here, where one transaction follows the other. */
export function transact(requests: readonly Request[], state: State, at: number): Transaction {
  const builder = new TransactionBuilder(state, at);
  const outcomes = requests.map((request) => builder.take(request));
  builder.trim();
  const { head, forgottenTo, entries, topics, answers } = builder;
  return { at, head, forgottenTo, entries, outcomes, topics, answers, ...builder.moves() };
}

class TransactionBuilder {
  head: number;
  forgottenTo: number;
  readonly entries: Entry[] = [];
  readonly topics = new Map<Topic, Change<Stored>>();
  readonly answers = new Map<string, Change<KeptAnswer>>();
  readonly #state: State;
  readonly #at: number;

  constructor(state: State, at: number) {
    this.#state = state;
    this.#at = at;
    this.head = state.head;
    this.forgottenTo = state.forgottenTo;
  }

  take({ drafts, key, refusal, expect, sweep }: Request): number | Problem {
    if (sweep !== undefined) return this.#sweep(sweep);
    const answer = key && this.#answer(key.name).after;
    if (answer !== undefined && this.#at - answer.at < KEY_LIFE_MS) {
      return answer.fingerprint === key!.fingerprint ? answer.seq : mismatch();
    }
    if (refusal !== undefined) return refusal;
    const changed = expect && this.#changed(expect);
    if (changed !== undefined) return changed;
    for (const draft of drafts) this.#append(draft);
    if (key !== undefined) {
      const { before } = this.#answer(key.name);
      const after = { fingerprint: key.fingerprint, seq: this.head, at: this.#at };
      this.answers.set(key.name, { before, after });
    }
    return this.head;
  }

  #changed({ topic, item, versions }: Expectation): Problem | undefined {
    const { id } = this.#state;
    const present = versionOf(id, this.#topic(topic).after?.record, item);
    const stands = versions === "any" ? present !== `${id}-0` : versions.includes(present);
    return stands ? undefined : valueChanged(present);
  }

  /** Of what is too many, the oldest go. What was emptied is blank, and of those there may be too many then. */
  trim(): void {
    for (let surplus = this.#surplus(); surplus.length > 0; surplus = this.#surplus()) {
      for (const { queue, name } of surplus) this.#letGo(queue, name);
    }
  }

  /** What changes in the queues. */
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
      [...this.#state.oldest(queue, this.#at - boundsOf(queue).lifeMs, limit)].map((name) => ({ queue, name })),
    );
    const going = due.slice(0, limit);
    for (const { queue, name } of going) if (!this.#hasMoved(queue, name)) this.#letGo(queue, name);
    return going.length;
  }

  #surplus(): Pick<QueuePlace, "queue" | "name">[] {
    const { left, joined, queues } = this.moves();
    return [...queues].flatMap(([queue, size]) => {
      const many = size - boundsOf(queue).most;
      if (many <= 0) return [];
      const standing = [...this.#state.oldest(queue, Number.MAX_SAFE_INTEGER, many + left.length)];
      const names = standing.filter((name) => !this.#hasMoved(queue, name));
      for (const place of joined) if (place.queue === queue) names.push(place.name);
      return names.slice(0, many).map((name) => ({ queue, name }));
    });
  }

  #hasMoved(queue: Queue, name: string): boolean {
    return queue === KEYS ? this.answers.has(name) : this.topics.has(name as Topic);
  }

  #letGo(queue: Queue, name: string): void {
    if (queue === KEYS) {
      this.answers.set(name, { before: this.#answer(name).before, after: undefined });
    } else if (queue === BLANK) {
      const { before, after } = this.#topic(name as Topic);
      this.forgottenTo = Math.max(this.forgottenTo, after?.record.seq ?? 0);
      this.topics.set(name as Topic, { before, after: undefined });
    } else {
      this.#append({ op: "clear", topic: name as Topic });
    }
  }

  #append(draft: Draft): void {
    const at = this.#at;
    const entry: Entry = { ...draft, seq: ++this.head, at };
    this.entries.push(entry);
    const { topic, op } = draft;
    const { before, after: now } = this.#topic(topic);
    // What is durable is never folded into: a transaction that fails leaves nothing behind.
    const shared = now === before;
    const record = now === undefined ? emptyRecord(this.forgottenTo) : shared ? copyRecord(now.record) : now.record;
    const change = fold(record, entry);
    // A topic that shows nothing is no younger for being looked at; but where its source is, is kept.
    const touched = op === "touch" && (draft.place !== undefined || !isBlank(record));
    if (change.kind === "none" && !touched) return;
    const bounds = op === "publish" ? draft.bounds : undefined;
    const queue = bounds === undefined ? (now?.queue ?? queueOf(topic)) : queueOf(topic, bounds);
    this.topics.set(topic, { before, after: { record, at, queue } });
  }

  #topic(topic: Topic): Change<Stored> {
    const staged = this.topics.get(topic);
    if (staged !== undefined) return staged;
    const before = this.#state.topic(topic);
    return { before, after: before };
  }

  #answer(name: string): Change<KeptAnswer> {
    const staged = this.answers.get(name);
    if (staged !== undefined) return staged;
    const before = this.#state.answer(name);
    return { before, after: before };
  }
}

export function topicPlace(name: string, stored: Stored | undefined): QueuePlace | undefined {
  if (stored === undefined) return undefined;
  const { record, at } = stored;
  const queue = isBlank(record) ? BLANK : stored.queue;
  return queue === undefined ? undefined : { queue, at, name };
}

export function keyPlace(name: string, answer: KeptAnswer | undefined): QueuePlace | undefined {
  return answer && { queue: KEYS, at: answer.at, name };
}

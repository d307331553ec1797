import type { Topic } from "../core/topic.ts";
import { MAX_SWEPT_AT_ONCE, type Queue } from "./bounds.ts";
import { deliver } from "./deliver.ts";
import { checkKey, type KeptAnswer } from "./idempotency-key.ts";
import { type AppendOptions, type Log, newLogId, newSecret } from "./log.ts";
import { copyRecord, type Draft, type Entry, emptyRecord, type TopicRecord } from "./record.ts";
import { type AppendRequest, type LogState, type StoredTopic, transact } from "./transaction.ts";

/** A log in memory, which is lost with its process: for tests, and for `LOG_URL=memory:`. */
export class MemoryLog implements Log, LogState {
  readonly id = newLogId();
  readonly secret = newSecret();
  readonly isBroken = false;
  head = 0;
  forgottenTo = 0;
  #topics = new Map<Topic, StoredTopic>();
  #answers = new Map<string, KeptAnswer>();
  /** What is in each queue, with the time of its last change, in that order. */
  #places = new Map<Queue, Map<string, number>>();
  #delivering: Promise<void> | undefined;
  #listener: (entries: readonly Entry[]) => void = () => {};

  async append(drafts: readonly Draft[], { key, refusal, expect }: AppendOptions = {}): Promise<number> {
    if (key !== undefined) checkKey(key);
    return await this.#ask({ drafts, key, refusal, expect });
  }

  async sweep(): Promise<boolean> {
    return (await this.#ask({ drafts: [], sweep: MAX_SWEPT_AT_ONCE })) === MAX_SWEPT_AT_ONCE;
  }

  now(): number {
    return Date.now();
  }

  async read(topic: Topic): Promise<TopicRecord> {
    return copyRecord(this.#topics.get(topic)?.record ?? emptyRecord(this.forgottenTo));
  }

  async follow(listener: (entries: readonly Entry[]) => void): Promise<number> {
    this.#listener = listener;
    return this.head;
  }

  async close(): Promise<void> {
    this.#listener = () => {};
  }

  topic(topic: Topic): StoredTopic | undefined {
    return this.#topics.get(topic);
  }

  answer(name: string): KeptAnswer | undefined {
    return this.#answers.get(name);
  }

  get queues(): ReadonlyMap<Queue, number> {
    return new Map([...this.#places].map(([queue, places]) => [queue, places.size]));
  }

  *oldest(queue: Queue, until: number, limit: number): Generator<string> {
    let left = limit;
    for (const [name, at] of this.#places.get(queue) ?? []) {
      if (at > until || left-- <= 0) return;
      yield name;
    }
  }

  async #ask(request: AppendRequest): Promise<number> {
    const next = transact([request], this, this.now());
    this.head = next.head;
    this.forgottenTo = next.forgottenTo;
    for (const [topic, { after }] of next.topics) set(this.#topics, topic, after);
    for (const [name, { after }] of next.answers) set(this.#answers, name, after);
    for (const { queue, name } of next.left) this.#places.get(queue)!.delete(name);
    for (const { queue, name, at } of next.joined) {
      const places = this.#places.get(queue) ?? new Map();
      this.#places.set(queue, places.set(name, at));
    }
    for (const [queue, size] of next.queues) if (size === 0) this.#places.delete(queue);
    await this.#deliver(next.entries);
    const [outcome] = next.outcomes;
    if (typeof outcome !== "number") throw outcome;
    return outcome;
  }

  /** In log order: what is appended while many entries are still being delivered waits until they have been. */
  #deliver(entries: readonly Entry[]): Promise<void> {
    const before = this.#delivering;
    const done =
      before === undefined ? deliver(this.#listener, entries) : before.then(() => deliver(this.#listener, entries));
    const latest = done.then(() => {
      if (this.#delivering === latest) this.#delivering = undefined;
    });
    this.#delivering = latest;
    return done;
  }
}

function set<Name, Kept>(map: Map<Name, Kept>, name: Name, kept: Kept | undefined): void {
  if (kept === undefined) map.delete(name);
  else map.set(name, kept);
}

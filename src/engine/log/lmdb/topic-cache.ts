import type { Topic } from "../../core/topic.ts";
import type { Value } from "../record.ts";
import type { Stored } from "../transaction.ts";

/** What a topic costs beside its values, roughly. */
const TOPIC_BYTES = 500;

/** The topics used last, in memory, by what they weigh: a publish need not read back what it adds to. */
export class TopicCache {
  readonly #limit: number;
  #topics = new Map<Topic, { stored: Stored; weight: number }>();
  #weight = 0;
  #sizes = new WeakMap<Value, number>();

  constructor(limit = 64 * 1024 * 1024) {
    this.#limit = limit;
  }

  get(topic: Topic): Stored | undefined {
    const known = this.#topics.get(topic);
    if (known === undefined) return undefined;
    this.#topics.delete(topic);
    this.#topics.set(topic, known);
    return known.stored;
  }

  /** Notes what a value weighs, before the first topic that has it comes. */
  note(value: Value, size: number): void {
    this.#sizes.set(value, size);
  }

  set(topic: Topic, stored: Stored): void {
    this.delete(topic);
    let weight = TOPIC_BYTES;
    for (const value of stored.record.values.values()) weight += this.#sizes.get(value) ?? 0;
    this.#topics.set(topic, { stored, weight });
    this.#weight += weight;
    for (const coldest of this.#topics.keys()) {
      if (this.#weight <= this.#limit || coldest === topic) break;
      this.delete(coldest);
    }
  }

  delete(topic: Topic): void {
    this.#weight -= this.#topics.get(topic)?.weight ?? 0;
    this.#topics.delete(topic);
  }
}

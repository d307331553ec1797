import type { Topic } from "../../core/topic.ts";
import type { StoredTopic } from "../transaction.ts";

/** What a topic takes in memory beside its values, roughly. */
const TOPIC_OVERHEAD_BYTES = 500;
/** What a value takes beside its JSON, roughly. */
const VALUE_OVERHEAD_BYTES = 100;

/** The topics that were used last, in memory, so that a publish need not read its topic from the disk. Bounded by size. */
export class TopicCache {
  readonly #limit: number;
  #topics = new Map<Topic, { stored: StoredTopic; weight: number }>();
  #weight = 0;

  /** @param limit in bytes, roughly */
  constructor(limit = 64 * 1024 * 1024) {
    this.#limit = limit;
  }

  get(topic: Topic): StoredTopic | undefined {
    const known = this.#topics.get(topic);
    if (known === undefined) return undefined;
    this.#topics.delete(topic);
    this.#topics.set(topic, known);
    return known.stored;
  }

  set(topic: Topic, stored: StoredTopic): void {
    this.delete(topic);
    let weight = TOPIC_OVERHEAD_BYTES;
    for (const { json } of stored.record.values.values()) weight += VALUE_OVERHEAD_BYTES + json.text.length;
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

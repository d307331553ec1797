import { type Linked, LinkedList } from "../../core/linked-list.ts";
import type { Topic } from "../../core/topic.ts";
import type { StoredTopic } from "../transaction.ts";

/** What a topic takes in memory beside its values, roughly. */
const TOPIC_OVERHEAD_BYTES = 500;
/** What a value takes beside its JSON, roughly. */
const VALUE_OVERHEAD_BYTES = 100;

interface Cached extends Linked<Cached> {
  readonly topic: Topic;
  stored: StoredTopic;
  weight: number;
}

/** The topics that were used last, in memory, so that a publish need not read its topic from the disk. Bounded by size. */
export class TopicCache {
  readonly #limit: number;
  readonly #topics = new Map<Topic, Cached>();
  /** The first was not used for longest. */
  readonly #byUse = new LinkedList<Cached>();
  #weight = 0;

  /** @param limit in bytes, roughly */
  constructor(limit = 64 * 1024 * 1024) {
    this.#limit = limit;
  }

  get(topic: Topic): StoredTopic | undefined {
    const cached = this.#topics.get(topic);
    if (cached === undefined) return undefined;
    this.#byUse.delete(cached);
    this.#byUse.add(cached);
    return cached.stored;
  }

  set(topic: Topic, stored: StoredTopic): void {
    let weight = TOPIC_OVERHEAD_BYTES;
    for (const { json } of stored.record.values.values()) weight += VALUE_OVERHEAD_BYTES + json.text.length;
    const known = this.#topics.get(topic);
    const cached = known ?? { topic, stored, weight };
    if (known === undefined) this.#topics.set(topic, cached);
    else this.#byUse.delete(known);
    this.#weight += weight - (known?.weight ?? 0);
    Object.assign(cached, { stored, weight });
    this.#byUse.add(cached);
    for (const coldest of this.#byUse) {
      if (this.#weight <= this.#limit || coldest === cached) break;
      this.delete(coldest.topic);
    }
  }

  delete(topic: Topic): void {
    const cached = this.#topics.get(topic);
    if (cached === undefined) return;
    this.#weight -= cached.weight;
    this.#byUse.delete(cached);
    this.#topics.delete(topic);
  }
}

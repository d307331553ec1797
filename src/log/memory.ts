import { randomBytes } from "node:crypto";
import type { Topic } from "../topic.ts";
import { type Answer, checkKey } from "./key.ts";
import { type AppendOptions, type Log, newSecret } from "./log.ts";
import { type Expiry, plan, type State, type Stored } from "./plan.ts";
import { copyRecord, type Draft, type Entry, emptyRecord, type TopicRecord } from "./record.ts";

/** Beyond so many, the oldest keys are forgotten before their day is over. */
const MAX_KEYS = 100_000;

/** A log that lives as long as its process. Each topic keeps as many values as its widget retains. */
export class MemoryLog implements Log, State {
  readonly id = randomBytes(4).toString("hex");
  readonly secret = newSecret();
  head = 0;
  forgottenTo = 0;
  #topics = new Map<Topic, Stored>();
  /** In order of age. */
  #answers = new Map<string, Answer>();
  /** Topics that were blank, in order of age. */
  #blank = new Set<Expiry>();
  #listener: (entries: readonly Entry[]) => void = () => {};

  async append(drafts: readonly Draft[], { key, refusal }: AppendOptions = {}): Promise<number> {
    if (key !== undefined) checkKey(key);
    const next = plan([{ drafts, key, refusal }], this, Date.now());
    this.head = next.head;
    this.forgottenTo = next.forgottenTo;
    for (const expiry of next.spent) this.#blank.delete(expiry);
    for (const expiry of next.expiries) if (expiry[1] === "topic") this.#blank.add(expiry);
    for (const [topic, { after }] of next.topics) set(this.#topics, topic, after);
    for (const [name, answer] of next.answers) set(this.#answers, name, answer);
    for (const name of this.#answers.keys()) {
      if (this.#answers.size <= MAX_KEYS) break;
      this.#answers.delete(name);
    }
    if (next.entries.length > 0) this.#listener(next.entries);
    const [outcome] = next.outcomes;
    if (typeof outcome !== "number") throw outcome;
    return outcome;
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

  topic(topic: Topic): Stored | undefined {
    return this.#topics.get(topic);
  }

  answer(name: string): Answer | undefined {
    return this.#answers.get(name);
  }

  expired(before: number, limit: number): Expiry[] {
    const expired: Expiry[] = [];
    for (const expiry of this.#blank) {
      if (expiry[0] > before || expired.length >= limit) break;
      expired.push(expiry);
    }
    for (const [name, { at }] of this.#answers) {
      if (at > before || expired.length >= limit) break;
      expired.push([at, "key", name]);
    }
    return expired;
  }
}

function set<Name, Kept>(map: Map<Name, Kept>, name: Name, kept: Kept | undefined): void {
  map.delete(name); // what is set anew is the youngest
  if (kept !== undefined) map.set(name, kept);
}

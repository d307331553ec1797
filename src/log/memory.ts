import { randomBytes } from "node:crypto";
import type { Topic } from "../topic.ts";
import type { Log } from "./log.ts";
import { type Draft, type Entry, emptyRecord, fold, type TopicRecord } from "./record.ts";

/** A log that lives as long as its process. Each topic keeps as many values as its widget retains. */
export class MemoryLog implements Log {
  readonly id = randomBytes(4).toString("hex");
  #head = 0;
  #records = new Map<Topic, TopicRecord>();
  #listener: (entries: readonly Entry[]) => void = () => {};

  async append(drafts: readonly Draft[]): Promise<number> {
    const at = Date.now();
    const entries = drafts.map((draft): Entry => ({ ...draft, seq: ++this.#head, at }));
    for (const entry of entries) fold(this.#record(entry.topic), entry);
    this.#listener(entries);
    return this.#head;
  }

  async read(topic: Topic): Promise<TopicRecord> {
    const record = this.#records.get(topic) ?? emptyRecord();
    return { ...record, values: new Map(record.values) };
  }

  async follow(listener: (entries: readonly Entry[]) => void): Promise<number> {
    this.#listener = listener;
    return this.#head;
  }

  async close(): Promise<void> {
    this.#listener = () => {};
  }

  #record(topic: Topic): TopicRecord {
    const record = this.#records.get(topic) ?? emptyRecord();
    this.#records.set(topic, record);
    return record;
  }
}

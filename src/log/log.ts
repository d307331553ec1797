import type { Topic } from "../topic.ts";
import type { Draft, Entry, TopicRecord } from "./record.ts";

/**
 * The durable, ordered record behind the broker: one order over all topics, and for each topic what a fresh page needs.
 * test/log/contract.ts holds every log to this.
 */
export interface Log {
  /** Names this log in cursors: a cursor of another log is recognised. Lower-case letters and digits. */
  readonly id: string;
  /**
   * Appends all or none, in order and next to each other, and resolves once they are durable.
   * @returns the seq of the last one
   * @throws Problem 429, 503, 507 if nothing was appended; 503 `outcome_unknown` if that is not known
   */
  append(drafts: readonly Draft[]): Promise<number>;
  /** A copy of what is known of a topic, no older than what `follow` has delivered. An unknown topic is an empty record. */
  read(topic: Topic): Promise<TopicRecord>;
  /**
   * Delivers every entry after the present head, in order, each once, and only after it is durable. Called once.
   * @returns the seq of the head, which precedes all that is delivered
   */
  follow(listener: (entries: readonly Entry[]) => void): Promise<number>;
  close(): Promise<void>;
}

import { randomBytes } from "node:crypto";
import type { Fence } from "../core/lease.ts";
import type { Problem } from "../core/problem.ts";
import type { ItemName, Topic } from "../core/topic.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { Draft, Entry, TopicRecord, Version } from "./record.ts";

/** What must not have changed since it was read: a topic, or one item of it. */
export interface Expectation {
  readonly topic: Topic;
  readonly item?: ItemName | undefined;
  /** It stands as one of these say (`versionOf` in record.ts); or it holds any value at all. */
  readonly versions: readonly Version[] | "any";
}

export interface AppendOptions {
  /** With the same key again within 24 h, nothing is appended and the first answer is given. */
  readonly key?: IdempotencyKey | undefined;
  /** Only while this lease is the newest of its name. A log of one process has no need to look: its leases are never lost. */
  readonly fence?: Fence | undefined;
  /**
   * Only where this still stands as it was read, which is decided in the step that gives the place in the order: of many who
   * have read the same, one is let through. A key that has had its answer gets that again, however it stands now.
   */
  readonly expect?: Expectation | undefined;
  /** Why this may not be appended: only a key that has had its answer gets that again; else nothing is appended, and this is thrown. */
  readonly refusal?: Problem | undefined;
}

/** What can befall a log that others share and that is elsewhere. A log of one process tells nothing of it. */
export interface Fate {
  /**
   * Another log has taken its place, under another id, or entries were missed: what was read and delivered before is void.
   * @param head the seq that precedes all that is delivered from here on; it may be lower than what was delivered
   */
  replaced(head: number): void;
  /** Whether it can be reached now; told when that changes. It can at first. */
  reachable(is: boolean): void;
}

/**
 * The durable, ordered record behind the broker: one order over all topics, and for each topic what a fresh page needs.
 * test/engine/log/contract.ts holds every log to this.
 */
export interface Log {
  /**
   * Names this log in cursors: a cursor of another log is recognised. Lower-case letters and digits. It changes only just
   * before {@link Fate.replaced} is told.
   */
  readonly id: string;
  /**
   * Random, made once with the log and kept with it, and so the same over restarts and on all nodes: a key for what must not
   * be forged. Where the log is replaced, it is as a rule the old one's; else it changes with the id.
   */
  readonly secret: string;
  /**
   * Appends all or none, in order and next to each other, and resolves once they are durable. Whoever
   * changes the list afterwards changes nothing here.
   * @returns the seq of the last one
   * @throws Problem 400 `idempotency_key_invalid`, 409 `lease_lost`, 412 `value_changed`, 422 `idempotency_mismatch`, 429 `log_busy`, 503 `log_failed`
   *   or `broker_unavailable`, 507 `log_full` if nothing was appended; 503 `outcome_unknown` if that is not known
   */
  append(drafts: readonly Draft[], options?: AppendOptions): Promise<number>;
  /**
   * A copy of what is known of a topic, no older than what `follow` has delivered, and durable. An unknown topic is an empty
   * record. So is one that was cleared a day ago: its seq then tells where the log forgot the last of those, so that
   * whoever reads from before it is reset.
   * @throws Problem 503 `broker_unavailable`
   */
  read(topic: Topic): Promise<TopicRecord>;
  /**
   * Lets go of some of what is older than its bounds allow (bounds.ts); of what is too many, each append does. A topic that
   * shows something is emptied by an entry, like any other change.
   * @returns whether there may be more
   * @throws what `append` throws
   */
  sweep(): Promise<boolean>;
  /**
   * Delivers every entry after the present head, in order, each once, and only after it is durable. Called once.
   * @returns the seq of the head, which precedes all that is delivered
   */
  follow(listener: (entries: readonly Entry[]) => void, fate?: Fate): Promise<number>;
  /** Waits for the appends that are in flight. */
  close(): Promise<void>;
}

/** A {@link Log.secret}: 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

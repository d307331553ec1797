import { randomBytes, randomInt } from "node:crypto";
import type { Fence } from "../core/lease.ts";
import type { Problem } from "../core/problem.ts";
import type { ItemName, Topic } from "../core/topic.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { Draft, Entry, TopicRecord, Version } from "./record.ts";

/** A condition of an append: a topic, or one item of it, still is as it was when it was read. */
export interface Expectation {
  readonly topic: Topic;
  readonly item?: ItemName | undefined;
  /** Its version is one of these (see `versionOf` in record.ts); "any": it holds a value, whichever. */
  readonly versions: readonly Version[] | "any";
}

export interface AppendOptions {
  /** If the same key was used within the last 24 h, nothing is appended, and the answer of that time is given again. */
  readonly key?: IdempotencyKey | undefined;
  /**
   * Append only if this lease has not been lost to another holder: else 409. A log of one process does not look, since its
   * leases are never lost.
   */
  readonly fence?: Fence | undefined;
  /**
   * Append only if this has not changed: else 412. It is checked in the same step that appends, so that of many who have read
   * the same version only one succeeds. A `key` that was answered before gets that answer, changed or not.
   */
  readonly expect?: Expectation | undefined;
  /**
   * The caller refuses this append for this reason. It is thrown, unless `key` was answered before: then that answer is given.
   */
  readonly refusal?: Problem | undefined;
}

/** Told what happens to a log that is elsewhere, and that other nodes share. A log of one process never calls it. */
export interface LogObserver {
  /**
   * Another log, with another id, has taken its place, or entries were missed. All that was read and delivered before is void:
   * read again what is needed.
   * @param head the seq before the first entry that will be delivered from now on; it may be lower than seqs delivered before
   */
  replaced(head: number): void;
  /** Called when the log can no longer be reached (false), or can again (true). At first it can. */
  reachable(is: boolean): void;
}

/**
 * The durable, ordered record of all that is published: one order over all topics (`seq`), and for each topic what a fresh page
 * needs. There are three: in memory, in lmdb on the disk, and on Redis for many nodes; `openLog` chooses. The tests in
 * test/engine/log/contract.ts hold each of them to what is said here.
 */
export interface Log {
  /**
   * Part of every cursor, so that a cursor of another log is recognised: lower-case letters and digits. It changes only just
   * before {@link LogObserver.replaced} is called.
   */
  readonly id: string;
  /**
   * A key to sign what must not be forged. Random, made with the log and kept in it, and so the same after restarts and on all
   * nodes. Where the log is replaced, the nodes that are running give the old secret to the new log; with none, it is another.
   */
  readonly secret: string;
  /** Whether nothing can be appended any more until the process is started again: `append` says why. */
  readonly isBroken: boolean;
  /**
   * Appends all of these or none, in this order, with no others between them. Resolves once they are durable. The list may be
   * changed as soon as this has returned its promise.
   * @returns the seq of the last one; with no drafts, that of the log's last entry
   * @throws Problem 400 `idempotency_key_invalid`, 409 `lease_lost`, 412 `value_changed`, 422 `idempotency_mismatch`, 429
   * `log_busy`, 503 `log_failed`
   *   or `broker_unavailable`, 507 `log_full` if nothing was appended; 503 `outcome_unknown` if that is not known
   */
  append(drafts: readonly Draft[], options?: AppendOptions): Promise<number>;
  /**
   * The time by the log's clock, in milliseconds since 1970: entries have their `at` from it. That of a log elsewhere is known
   * from the last `read`.
   */
  now(): number;
  /**
   * What is known of a topic, as a copy: durable, and no older than what `follow` has delivered. It may be newer.
   *
   * Of a topic that was never published to it is an empty record; so is that of one which was emptied over a day ago, since
   * that is then forgotten. The `seq` of an empty record is that of the newest topic that was forgotten, so that a reader that
   * was away since before then is reset.
   * @throws Problem 503 `broker_unavailable`
   */
  read(topic: Topic): Promise<TopicRecord>;
  /**
   * Removes some of what is older than its bounds allow (see bounds.ts). To be called now and then, and again at once while it
   * returns true. A topic that shows something is emptied by an entry of its own, like any other change. What exceeds the
   * bounds in number is removed by each append.
   * @returns whether there may be more to remove
   * @throws what `append` throws
   */
  sweep(): Promise<boolean>;
  /**
   * Delivers every entry that is appended from now on, on whatever node: in order, each once, and after it is durable. To be
   * called once.
   * @returns the seq before the first entry that will be delivered
   */
  follow(listener: (entries: readonly Entry[]) => void, observer?: LogObserver): Promise<number>;
  /** Resolves once the appends in flight have had their answers, and everything is closed. */
  close(): Promise<void>;
}

/** A {@link Log.secret}: 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A log's id. It stands in the id of each event: four characters tell 1.6 million logs apart that a page may have come from. */
export function newLogId(): string {
  return randomInt(36 ** 4)
    .toString(36)
    .padStart(4, "0");
}

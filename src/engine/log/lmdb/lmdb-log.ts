import type { Problem } from "../../core/problem.ts";
import type { Topic } from "../../core/topic.ts";
import { AppendQueue, type QueuedAppend } from "../append-queue.ts";
import { MAX_SWEPT_AT_ONCE } from "../bounds.ts";
import { deliver } from "../deliver.ts";
import { logClosed, logFailed } from "../failure.ts";
import { checkKey } from "../idempotency-key.ts";
import type { AppendOptions, Log } from "../log.ts";
import { copyRecord, type Draft, type Entry, emptyRecord, type TopicRecord } from "../record.ts";
import { type AppendRequest, type LogState, type Transaction, transact } from "../transaction.ts";
import { Store } from "./store.ts";

export interface LmdbOptions {
  /** The folder that is this log's alone; it is made if it is missing. */
  readonly dir: string;
}

/** What the log needs of the disk; `Store` is one, and tests have others that fail. */
export interface Disk extends LogState {
  readonly secret: string;
  /** Resolves once it is durable. @throws Problem 507 `log_full`, 503 `outcome_unknown` */
  commit(transaction: Transaction): Promise<void>;
  close(): Promise<void>;
}

/**
 * A log on the local disk, for one process. It writes one transaction at a time, with all the appends that came while the one
 * before was being written: they share one fsync, and nothing is ever built on a transaction that may still fail.
 */
export class LmdbLog implements Log {
  readonly id: string;
  readonly secret: string;
  readonly #disk: Disk;
  readonly #queue = new AppendQueue();
  #listener: (entries: readonly Entry[]) => void = () => {};
  #writing: Promise<void> | undefined;
  /** Why nothing can be appended any more until the process is started again; undefined while all is well. */
  #failure: Problem | undefined;
  #closed = false;

  /** @throws Error that names DATA_DIR and the fix, if the folder cannot be written or is another process's */
  static async open({ dir }: LmdbOptions): Promise<LmdbLog> {
    return new LmdbLog(await Store.open(dir));
  }

  constructor(disk: Disk) {
    this.#disk = disk;
    this.id = disk.id;
    this.secret = disk.secret;
  }

  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  async append(drafts: readonly Draft[], { key, refusal, expect }: AppendOptions = {}): Promise<number> {
    if (key !== undefined) checkKey(key);
    return this.#ask({ drafts, key, refusal, expect });
  }

  async sweep(): Promise<boolean> {
    return (await this.#ask({ drafts: [], sweep: MAX_SWEPT_AT_ONCE })) === MAX_SWEPT_AT_ONCE;
  }

  now(): number {
    return Date.now();
  }

  async read(topic: Topic): Promise<TopicRecord> {
    return copyRecord(this.#disk.topic(topic)?.record ?? emptyRecord(this.#disk.forgottenTo));
  }

  async follow(listener: (entries: readonly Entry[]) => void): Promise<number> {
    this.#listener = listener;
    return this.#disk.head;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#disk.close();
  }

  #ask(request: AppendRequest): Promise<number> {
    if (this.#closed) throw logClosed();
    if (this.#failure !== undefined) throw this.#failure;
    const outcome = this.#queue.add(request);
    this.#writing ??= this.#write();
    return outcome;
  }

  async #write(): Promise<void> {
    // Appends of the same turn of the event loop share the first transaction.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#queue.take(); batch.length > 0; batch = this.#queue.take()) {
      await this.#append(batch);
      this.#queue.release(batch);
      await this.#gather(batch.length);
    }
    // Without an await since the queue was found empty: the next append starts this again.
    this.#writing = undefined;
  }

  /**
   * Publishers who have their answers publish again, and arrive one by one. Without this the first of them would be a transaction
   * of their own, the others would wait for it and be the next, and so on: twice the transactions, each with half of them. So all
   * are waited for that were there before, for as long as each turn of the event loop brings one more.
   */
  async #gather(answered: number): Promise<void> {
    const most = answered + this.#queue.waiting;
    if (most === 1) return; // who publishes alone waits for nobody
    let before = -1;
    while (before < this.#queue.waiting && this.#queue.waiting < most) {
      before = this.#queue.waiting;
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve))); // sockets are read between the two
    }
  }

  async #append(batch: readonly QueuedAppend[]): Promise<void> {
    if (this.#failure !== undefined) return refuse(batch, this.#failure);
    let next: Transaction;
    try {
      next = transact(batch, this.#disk, this.now());
    } catch (cause) {
      // The disk could not be read. Nothing was written.
      return refuse(batch, this.#fail(cause));
    }
    try {
      // Where all requests were refused, or had their answer already, there is nothing to write.
      if (next.entries.length + next.answers.size + next.topics.size > 0) await this.#disk.commit(next);
    } catch (error) {
      const problem = error as Problem;
      // From a full disk the log recovers. After any other failure it is not known what is on the disk until that is opened
      // anew.
      if (problem.code !== "log_full") this.#fail(problem.cause);
      return refuse(batch, problem);
    }
    await deliver(this.#listener, next.entries);
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = next.outcomes[index]!;
      if (typeof outcome === "number") resolve(outcome);
      else reject(outcome);
    }
  }

  #fail(cause: unknown): Problem {
    this.#failure ??= logFailed(cause);
    return this.#failure;
  }
}

function refuse(batch: readonly QueuedAppend[], problem: Problem): void {
  for (const { reject } of batch) reject(problem);
}

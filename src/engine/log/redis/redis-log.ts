import type { Fence } from "../../core/lease.ts";
import type { Problem } from "../../core/problem.ts";
import type { Topic } from "../../core/topic.ts";
import { type ReportSentence, report as toOperator } from "../../ops/logger.ts";
import { AppendQueue, type QueuedAppend } from "../append-queue.ts";
import { MAX_SWEPT_AT_ONCE } from "../bounds.ts";
import { deliver } from "../deliver.ts";
import { leaseLost, logClosed, unavailable, valueChanged } from "../failure.ts";
import { checkKey, keyMismatch } from "../idempotency-key.ts";
import type { AppendOptions, Log, LogObserver } from "../log.ts";
import type { Draft, Entry, TopicRecord, Version } from "../record.ts";
import { appendScript, argumentsOf, expectedBy, sweepScript } from "./append-script.ts";
import { appendProblem } from "./failure.ts";
import { RedisFollower } from "./follower.ts";
import { RedisLeases } from "./leases.ts";
import { RedisNodes } from "./nodes.ts";
import { readRecord } from "./read.ts";
import type { RedisScript } from "./script.ts";
import type { RedisServer } from "./server.ts";
import { RedisWriter } from "./writer.ts";

export interface RedisOptions {
  readonly url: URL;
  /** Tells the operator which promises are weaker as Redis is set up, and when Redis is lost and found again. */
  readonly report?: ReportSentence;
  /** The time in milliseconds since 1970, for tests that let a day pass. By default Redis' own clock is used. */
  readonly now?: () => number;
}

/** A log on Redis, which any number of nodes share. It asks on one connection, and reads along on another, which blocks. */
export class RedisLog implements Log {
  readonly leases = new RedisLeases(() => this.#writer.server.link);
  readonly nodes: RedisNodes;
  readonly #now: (() => number) | undefined;
  readonly #queue = new AppendQueue();
  readonly #sending = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #follower: RedisFollower;
  readonly #writer: RedisWriter;
  #closed = false;
  readonly #report: ReportSentence;
  /** Whether the operator was told that the connection is lost over which this node writes. */
  #isTold = false;
  /** How far Redis' clock was ahead of this machine's when something was last read. */
  #aheadMs = 0;

  /** @throws Error that names LOG_URL and the fix, if Redis cannot be reached or refuses */
  static open(options: RedisOptions): Promise<RedisLog> {
    return new Promise((resolve, reject) => {
      const log = new RedisLog(
        options,
        () => {
          resolve(log);
          log.#isTold = false;
        },
        (error) => {
          reject(error); // has an effect only before the log is open
          if (log.id === "") log.#stop.abort();
          else log.#tellLost(error);
        },
      );
    });
  }

  private constructor(options: RedisOptions, onFound: () => void, onLost: (error: unknown) => void) {
    const { url, now, report = toOperator } = options;
    const stop = this.#stop.signal;
    this.#now = now;
    this.#report = report;
    this.#follower = new RedisFollower(url, stop, report);
    const checkLog = (server: RedisServer) => this.#follower.checkLog(server);
    this.nodes = new RedisNodes({ url, stop, link: () => this.#writer.server.link, report });
    this.#writer = new RedisWriter({ url, stop, report, checkLog, onFound, onLost });
  }

  /** Tells that this node cannot write, where it can read: else the follower tells. */
  #tellLost(error: unknown): void {
    if (this.#isTold || !this.#follower.isReachable) return;
    this.#isTold = true;
    this.#report(error instanceof Error ? error.message : String(error));
  }

  get id(): string {
    return this.#follower.known.id;
  }

  get secret(): string {
    return this.#follower.known.secret;
  }

  /** It heals by itself. */
  readonly isBroken = false;

  async append(drafts: readonly Draft[], { key, fence, refusal, expect }: AppendOptions = {}): Promise<number> {
    if (this.#closed) throw logClosed();
    if (key !== undefined) checkKey(key);
    const outcome = this.#queue.add({ drafts, key, refusal, expect });
    for (const waiting of this.#queue.take()) {
      const sent = this.#send(waiting, fence)
        .then(waiting.resolve, waiting.reject)
        .then(() => {
          this.#queue.release([waiting]);
          this.#sending.delete(sent);
        });
      this.#sending.add(sent);
    }
    return outcome;
  }

  async sweep(): Promise<boolean> {
    if (this.#closed) throw logClosed();
    return (
      (await this.#run(sweepScript, ["", "", "", "", "", "", "", "", String(MAX_SWEPT_AT_ONCE)])) === MAX_SWEPT_AT_ONCE
    );
  }

  now(): number {
    return this.#now?.() ?? Date.now() + this.#aheadMs;
  }

  async read(topic: Topic): Promise<TopicRecord> {
    const server = this.#writer.server;
    try {
      const { id, record, at } = await readRecord(server.link, topic);
      this.#aheadMs = at - Date.now();
      if (id !== this.id) await this.#follower.checkLog(server);
      return record;
    } catch {
      throw unavailable();
    }
  }

  follow(listener: (entries: readonly Entry[]) => void, observer?: LogObserver): Promise<number> {
    return this.#follower.start((entries) => deliver(listener, entries), observer);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#sending);
    this.#stop.abort();
    await Promise.all([this.#writer.done, this.#follower.done, this.nodes.done]);
  }

  #send({ drafts, key, refusal, expect }: QueuedAppend, fence: Fence | undefined): Promise<number> {
    const who = [key?.name ?? "", key?.fingerprint ?? "", fence?.name ?? "", String(fence?.token ?? "")];
    const refused = refusal === undefined ? "" : "refused";
    return this.#run(
      appendScript,
      [...who, refused, ...expectedBy(expect), "", ...drafts.flatMap(argumentsOf)],
      refusal,
    );
  }

  async #run(script: RedisScript, args: readonly string[], refusal?: Problem): Promise<number> {
    const now = this.#now === undefined ? "" : String(this.#now());
    for (let attempt = 1; attempt <= 2; attempt++) {
      const server = this.#writer.server;
      const [word, answer] = (await script.run(server.link, [this.id, now, ...args]).catch((error) => {
        throw appendProblem(error);
      })) as [string, string];
      if (word === "ok") return Number(answer);
      if (word === "lease") throw leaseLost();
      if (word === "mismatch") throw keyMismatch();
      if (word === "refused") throw refusal;
      if (word === "changed") throw valueChanged(answer as Version);
      // Another log has taken its place, and nothing was appended: try once more, with that one.
      await this.#follower.checkLog(server).catch(() => {});
    }
    throw unavailable();
  }
}

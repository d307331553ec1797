import type { ReportSentence } from "../../ops/logger.ts";
import type { LogObserver } from "../log.ts";
import type { Entry } from "../record.ts";
import type { RedisLink } from "./link.ts";
import { readEntries } from "./read.ts";
import { keepConnected } from "./reconnect.ts";
import { type KnownLog, RedisServer } from "./server.ts";

/** How long one read waits for the next entry. After it the log's id is checked, since FLUSHALL does not end a waiting read. */
const BLOCK_MS = 300;
/**
 * A read without an answer in this time has lost its connection. No longer than a page waits for this node to come up to it.
 */
const ANSWER_TIMEOUT_MS = 1_000;

/**
 * Reads the log on Redis, and knows how far this node has read it. It alone decides whether the node goes on with the log that
 * it knows, or begins anew, since there is another one or entries were missed.
 */
export class RedisFollower {
  /** The log that is followed; `head` is the seq of the last entry that was delivered. Its id is "" until a log was found. */
  known: KnownLog = { id: "", secret: "", head: 0 };
  /** Resolves once it has stopped, and its connection is closed. */
  done: Promise<void> = Promise.resolve();
  readonly #url: URL;
  readonly #stop: AbortSignal;
  readonly #report: ReportSentence;
  #listener: (entries: readonly Entry[]) => void = () => {};
  #observer: LogObserver | undefined;
  #reachable = true;

  constructor(url: URL, stop: AbortSignal, report: ReportSentence) {
    this.#url = url;
    this.#stop = stop;
    this.#report = report;
  }

  /** Whether this node can read on. */
  get isReachable(): boolean {
    return this.#reachable;
  }

  /** To be called once. @returns the seq before the first entry that will be delivered */
  async start(listener: (entries: readonly Entry[]) => void, observer?: LogObserver): Promise<number> {
    this.#listener = listener;
    this.#observer = observer;
    this.done = keepConnected({
      url: this.#url,
      stop: this.#stop,
      timeoutMs: ANSWER_TIMEOUT_MS,
      use: (link, over) => this.#follow(link, over),
      onLost: (error) => this.#reach(false, error instanceof Error ? error.message : String(error)),
    });
    return this.known.head;
  }

  /** Looks which log is there now, and begins anew if it is not the one that is known. @returns the one that is there */
  async checkLog(server: RedisServer): Promise<KnownLog> {
    const now = await server.currentLog(this.known);
    if (now.id !== this.known.id) this.#beginAnew(now);
    return now;
  }

  async #follow(link: RedisLink, over: AbortSignal): Promise<void> {
    const server = await RedisServer.identify(link);
    const found = await this.checkLog(server);
    while (!over.aborted) {
      const { known } = this;
      // Said only once this node has read what it missed: before that it has only old values to show.
      if (known.id !== found.id || known.head >= found.head) this.#reach(true, "Redis is back.");
      const read = await readEntries(link, known.head, BLOCK_MS);
      if (this.known !== known) continue; // `checkLog` was called by the writer meanwhile, and has found another log
      const [first] = read;
      if (first === undefined) {
        await this.checkLog(server);
      } else if (first.entry.seq === known.head + 1 && read.every(({ log }) => log === known.id)) {
        this.known = { ...known, head: read.at(-1)!.entry.seq };
        this.#listener(read.map(({ entry }) => entry));
      } else {
        // These are entries of another log, or some are missing, since the stream was trimmed before this node had read them.
        const now = await this.checkLog(server);
        if (this.known === known) this.#beginAnew(now);
      }
    }
  }

  #beginAnew(log: KnownLog): void {
    if (this.known.id !== "") {
      const why =
        log.id === this.known.id ? "This node has missed entries" : "Redis was restarted, emptied or replaced";
      this.#report(`${why}: every page is sent anew what the log holds.`, undefined, { level: "info" });
    }
    this.known = log;
    this.#observer?.replaced(log.head);
  }

  #reach(is: boolean, text: string): void {
    if (is === this.#reachable) return;
    this.#reachable = is;
    this.#report(text, undefined, { level: is ? "info" : "warn" });
    this.#observer?.reachable(is);
  }
}

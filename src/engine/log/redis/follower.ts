import type { Fate } from "../log.ts";
import type { Entry } from "../record.ts";
import type { RedisLink } from "./link.ts";
import { readEntries } from "./read.ts";
import { keep } from "./reconnect.ts";
import { type Known, RedisServer } from "./server.ts";

/** How long one read waits for the next entry. Then the log itself is looked at: FLUSHALL wakes nobody. */
const BLOCK_MS = 300;
/** A read that takes so long has lost its link. No longer than a page waits: it must not be shown what is older than it has. */
const ANSWER_MS = 1_000;

/** Where this node has got to in the log on Redis: the one place that decides whether it goes on, or begins anew. */
export class RedisFollower {
  /** The log, and the seq delivered of it. */
  known: Known = { id: "", secret: "", head: 0 };
  /** Resolves once nothing of it is left. */
  done: Promise<void> = Promise.resolve();
  readonly #url: URL;
  readonly #stop: AbortSignal;
  readonly #report: (text: string) => void;
  #listener: (entries: readonly Entry[]) => void = () => {};
  #fate: Fate | undefined;
  #reachable = true;

  constructor(url: URL, stop: AbortSignal, report: (text: string) => void) {
    this.#url = url;
    this.#stop = stop;
    this.#report = report;
  }

  /** @returns the seq that precedes all that is delivered */
  async start(listener: (entries: readonly Entry[]) => void, fate?: Fate): Promise<number> {
    this.#listener = listener;
    this.#fate = fate;
    this.done = keep({
      url: this.#url,
      stop: this.#stop,
      ms: ANSWER_MS,
      use: (link, over) => this.#follow(link, over),
      onLost: (error) => this.#reach(false, error instanceof Error ? error.message : String(error)),
    });
    return this.known.head;
  }

  /** Begins anew where the log is another than the one that is known. @returns the log as it is now */
  async look(server: RedisServer): Promise<Known> {
    const now = await server.log(this.known);
    if (now.id !== this.known.id) this.#begin(now);
    return now;
  }

  async #follow(link: RedisLink, over: AbortSignal): Promise<void> {
    const server = await RedisServer.meet(link);
    const found = await this.look(server);
    while (!over.aborted) {
      const { known } = this;
      // Not before this node has read what it has missed: until then it has only what is old to show.
      if (known.id !== found.id || known.head >= found.head) this.#reach(true, "Redis is back.");
      const read = await readEntries(link, known.head, BLOCK_MS);
      if (this.known !== known) continue; // the writer has learnt of another log meanwhile
      const [first] = read;
      if (first === undefined) {
        await this.look(server);
      } else if (first.entry.seq === known.head + 1 && read.every(({ log }) => log === known.id)) {
        this.known = { ...known, head: read.at(-1)!.entry.seq };
        this.#listener(read.map(({ entry }) => entry));
      } else {
        // Entries of another log, or entries are missing: the stream was trimmed before this node has read them.
        const now = await this.look(server);
        if (this.known === known) this.#begin(now);
      }
    }
  }

  #begin(log: Known): void {
    this.known = log;
    this.#fate?.replaced(log.head);
  }

  #reach(is: boolean, text: string): void {
    if (is === this.#reachable) return;
    this.#reachable = is;
    this.#report(text);
    this.#fate?.reachable(is);
  }
}

import { wait } from "../../core/wait.ts";
import { unavailable } from "../failure.ts";
import type { RedisLink } from "./link.ts";
import { weakerPromises } from "./promises.ts";
import { keep } from "./reconnect.ts";
import { RedisServer } from "./server.ts";

export interface RedisWriterParts {
  readonly url: URL;
  readonly stop: AbortSignal;
  readonly report: (text: string) => void;
  /** Looks whether the log is the one that is known, before anything is asked of it. */
  readonly look: (server: RedisServer) => Promise<unknown>;
  readonly onFound: () => void;
  readonly onLost: (error: unknown) => void;
}

/** A publisher has its answer within a second, whatever happens to the link. */
const ANSWER_MS = 900;
const PING_MS = 1_000;

/** The connection on which a node asks what is answered at once: appends, records, leases. */
export class RedisWriter {
  /** Resolves once nothing of it is left. */
  readonly done: Promise<void>;
  readonly #parts: RedisWriterParts;
  #server: RedisServer | undefined;
  #warned = false;

  constructor(parts: RedisWriterParts) {
    this.#parts = parts;
    const { url, stop, onLost } = parts;
    this.done = keep({ url, stop, ms: ANSWER_MS, use: (link, over) => this.#use(link, over), onLost });
  }

  /** @throws Problem 503 `broker_unavailable` while there is none, so that nothing was asked of it */
  get server(): RedisServer {
    if (this.#server === undefined || this.#server.link.lost) throw unavailable();
    return this.#server;
  }

  async #use(link: RedisLink, over: AbortSignal): Promise<void> {
    const server = await RedisServer.meet(link);
    if (!this.#warned) await this.#warn(link);
    await this.#parts.look(server);
    this.#server = server;
    this.#parts.onFound();
    // A link that nobody uses is lost without anybody's knowing.
    while (!over.aborted) {
      await wait(PING_MS, over);
      await link.ask((client) => client.ping());
    }
  }

  async #warn(link: RedisLink): Promise<void> {
    const weaker = await weakerPromises(link);
    this.#warned = true;
    if (weaker !== undefined) this.#parts.report(weaker);
  }
}

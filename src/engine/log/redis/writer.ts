import { wait } from "../../core/wait.ts";
import type { ReportSentence } from "../../ops/logger.ts";
import { unavailable } from "../failure.ts";
import type { RedisLink } from "./link.ts";
import { weakerPromises } from "./promises.ts";
import { keepConnected } from "./reconnect.ts";
import { RedisServer } from "./server.ts";

export interface RedisWriterParts {
  readonly url: URL;
  readonly stop: AbortSignal;
  readonly report: ReportSentence;
  /** Called with each new connection before it is used: checks that it leads to the log that is known. */
  readonly checkLog: (server: RedisServer) => Promise<unknown>;
  /** Called each time a connection is ready to be used. */
  readonly onFound: () => void;
  readonly onLost: (error: unknown) => void;
}

/** A publisher gets an answer within a second, whatever happens to the connection. */
const ANSWER_TIMEOUT_MS = 900;
const PING_INTERVAL_MS = 1_000;

/** The connection for all that is answered at once: appends, reads of records, leases. */
export class RedisWriter {
  /** Resolves once it has stopped, and its connection is closed. */
  readonly done: Promise<void>;
  readonly #parts: RedisWriterParts;
  #server: RedisServer | undefined;
  #warned = false;

  constructor(parts: RedisWriterParts) {
    this.#parts = parts;
    const { url, stop, onLost } = parts;
    this.done = keepConnected({
      url,
      stop,
      timeoutMs: ANSWER_TIMEOUT_MS,
      use: (link, over) => this.#use(link, over),
      onLost,
    });
  }

  /** @throws Problem 503 `broker_unavailable` while there is no connection: then nothing was asked of Redis */
  get server(): RedisServer {
    if (this.#server === undefined || this.#server.link.lost) throw unavailable();
    return this.#server;
  }

  async #use(link: RedisLink, over: AbortSignal): Promise<void> {
    const server = await RedisServer.identify(link);
    if (!this.#warned) await this.#warn(link);
    await this.#parts.checkLog(server);
    this.#server = server;
    this.#parts.onFound();
    // On a connection that nobody uses nobody would notice that it is lost.
    while (!over.aborted) {
      await wait(PING_INTERVAL_MS, over);
      await link.ask((client) => client.ping());
    }
  }

  async #warn(link: RedisLink): Promise<void> {
    const weaker = await weakerPromises(link);
    this.#warned = true;
    if (weaker !== undefined) this.#parts.report(weaker);
  }
}

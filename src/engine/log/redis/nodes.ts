import { isNodeName, type Nodes, newNodeName } from "../../core/nodes.ts";
import { wait } from "../../core/wait.ts";
import { unavailable } from "../failure.ts";
import { type RedisLink, Refusal } from "./link.ts";
import { keepConnected } from "./reconnect.ts";
import { PREFIX } from "./script.ts";

export interface RedisNodesParts {
  readonly url: URL;
  readonly stop: AbortSignal;
  /** Gives the connection on which others are told; throws while there is none. */
  readonly link: () => RedisLink;
  readonly report: (text: string) => void;
}

const ANSWER_TIMEOUT_MS = 5_000;
const PING_INTERVAL_MS = 5_000;

/**
 * The nodes on one Redis. They tell each other things by PUBLISH, of which Redis keeps nothing: it knows at once who has died.
 * Each node listens on a connection of its own, since one that listens can do nothing else.
 */
export class RedisNodes implements Nodes {
  readonly name = newNodeName();
  /** Resolves once it has stopped, and its connection is closed. */
  readonly done: Promise<void>;
  readonly #parts: RedisNodesParts;
  /** What all names begin with: PUBLISH knows nothing of databases, and each may have a log of its own. */
  readonly #prefix: string;
  #listener: (text: string) => void = () => {};
  #refused = false;

  constructor(parts: RedisNodesParts) {
    this.#parts = parts;
    const { url, stop } = parts;
    this.#prefix = `${PREFIX}${url.pathname.slice(1) || 0}:node`;
    this.done = keepConnected({
      url,
      stop,
      timeoutMs: ANSWER_TIMEOUT_MS,
      use: (link, over) => this.#listen(link, over),
      onLost: (error) => this.#warn(error),
    });
  }

  onTold(listener: (text: string) => void): void {
    this.#listener = listener;
  }

  tellAll(text: string): Promise<number> {
    return this.#publish(`${this.#prefix}s`, text);
  }

  async tell(node: string, text: string): Promise<void> {
    if (isNodeName(node)) await this.#publish(`${this.#prefix}:${node}`, text);
  }

  async #publish(name: string, text: string): Promise<number> {
    const link = this.#parts.link();
    return link
      .ask((client) => client.publish(name, text))
      .catch(() => {
        throw unavailable();
      });
  }

  async #listen(link: RedisLink, over: AbortSignal): Promise<void> {
    const names = [`${this.#prefix}s`, `${this.#prefix}:${this.name}`];
    await link.ask((client) => client.subscribe(names, (text) => this.#listener(text)));
    this.#refused = false;
    // On a connection that only listens nobody would notice that it is lost.
    while (!over.aborted) {
      await wait(PING_INTERVAL_MS, over);
      if (!over.aborted) await link.ask((client) => client.ping());
    }
  }

  /** That Redis is away is said by the log itself. */
  #warn(error: unknown): void {
    if (!(error instanceof Refusal) || this.#refused) return;
    this.#refused = true;
    this.#parts.report(
      `${error.message}. Nodes do not hear of each other's readers: let the user of LOG_URL PUBLISH and SUBSCRIBE to ${PREFIX}*.`,
    );
  }
}

import { createClient, ErrorReply } from "redis";
import { wait } from "./every.ts";

/** No answer within this time is a lost connection: a link that is cut half-way says nothing at all. */
const ANSWER_MS = 5_000;

const newClient = (url: URL, signal: AbortSignal) =>
  createClient({
    url: url.href,
    // The signal also ends an attempt to connect, which the client's destroy() would let run on.
    // No reconnecting in here: the source fails, so that whoever runs it logs, backs off and tells visitors.
    // No socketTimeout either: each write resets it, so that it never fires on a link that pings. See ANSWER_MS.
    socket: { reconnectStrategy: false, connectTimeout: ANSWER_MS, signal },
    maintNotifications: "disabled",
  });

type Client = ReturnType<typeof newClient>;

/**
 * An address of Redis, where it is one.
 * @throws Error that names the variable and the fix, and never the address, which may hold a password
 */
export function redisUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || !/^\/?\d*$/.test(url.pathname)) {
    throw new Error("REDIS_URL is not valid. Write redis://host:port, such as REDIS_URL=redis://127.0.0.1:6379.");
  }
  return url;
}

/** One connection to Redis, for as long as `stop` is not aborted. The first failure is its last. */
export class RedisLink {
  readonly #client: Client;
  readonly #url: URL;
  #failure: Error | undefined;

  /** @param onLost called when the connection fails; the next `ask` then throws why */
  static async open(url: URL, stop: AbortSignal, onLost: () => void): Promise<RedisLink> {
    const link = new RedisLink(url, stop, onLost);
    await link.ask((client) => client.connect());
    return link;
  }

  private constructor(url: URL, stop: AbortSignal, onLost: () => void) {
    this.#url = url;
    this.#client = newClient(url, stop);
    this.#client.on("error", (error) => {
      this.#failure ??= this.#explain(error);
      onLost();
    });
    stop.addEventListener("abort", () => this.#client.destroy(), { once: true });
  }

  /** @throws Error that says why Redis cannot be reached, or what it refused */
  async ask<T>(command: (client: Client) => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    const answered = new AbortController();
    const late = wait(ANSWER_MS, answered.signal).then(() => {
      throw new Error(`no answer within ${ANSWER_MS / 1000} s`);
    });
    try {
      return await Promise.race([command(this.#client), late]);
    } catch (error) {
      // An error that Redis replied with leaves the connection as good as it was.
      if (error instanceof ErrorReply) throw this.#failure ?? this.#explain(error);
      this.#failure ??= this.#explain(error);
      throw this.#failure;
    } finally {
      answered.abort();
    }
  }

  #explain(error: unknown): Error {
    const { hostname, port, password } = this.#url;
    const address = `${hostname}:${port || 6379}`;
    const { message, code } = error as NodeJS.ErrnoException;
    if (error instanceof ErrorReply) {
      // Redis before 6 quotes the whole greeting, password and all: so neither the quote nor the cause is passed on.
      const secret = password !== "" && message.includes(decodeURIComponent(password));
      return new Error(`Redis at ${address} refused: ${secret ? "it needs to be Redis 6 or newer" : message}`);
    }
    const reason = `cannot reach Redis at ${address} (${code ?? message})`;
    return new Error(`${reason}. Is it running? Set REDIS_URL to where it is.`, { cause: error });
  }
}

import { createClient, ErrorReply } from "redis";

const newClient = (url: URL, signal: AbortSignal, ms: number) =>
  createClient({
    url: url.href,
    // The signal also ends an attempt to connect, which the client's destroy() would let run on.
    // No reconnecting in here: a new client is made, so that no command is ever sent again by one that has lost it.
    // No socketTimeout either: each write resets it, so that it never fires on a link that pings. See `ask`.
    socket: { reconnectStrategy: false, connectTimeout: ms, signal },
    disableOfflineQueue: true,
    maintNotifications: "disabled",
  });

export type Client = ReturnType<typeof newClient>;

/** Redis has answered, and did not do what it was asked. */
export class Refusal extends Error {
  /** The first word of its answer: `OOM`, `READONLY`, `NOSCRIPT`. */
  readonly word: string;

  constructor(message: string, word: string) {
    super(message);
    this.name = "Refusal";
    this.word = word;
  }
}

export interface Linking {
  readonly url: URL;
  /** What an operator mends where Redis cannot be reached. */
  readonly variable: "LOG_URL" | "REDIS_URL";
  /** Ends the connection. */
  readonly stop: AbortSignal;
  /** Called when the connection fails; the next `ask` then throws why. */
  readonly onLost: () => void;
  /** No answer within this time is a lost connection: a link that is cut half-way says nothing at all. 5,000 by default. */
  readonly ms?: number;
}

/** One connection to Redis, for as long as `stop` is not aborted. The first failure is its last. */
export class RedisLink {
  readonly #client: Client;
  readonly #url: URL;
  readonly #variable: string;
  readonly #ms: number;
  readonly #stop: AbortSignal;
  readonly #onLost: () => void;
  #failure: Error | undefined;

  static async open(linking: Linking): Promise<RedisLink> {
    const link = new RedisLink(linking);
    await link.ask((client) => client.connect());
    return link;
  }

  private constructor({ url, variable, stop, onLost, ms = 5_000 }: Linking) {
    this.#url = url;
    this.#variable = variable;
    this.#ms = ms;
    this.#stop = stop;
    this.#onLost = onLost;
    this.#client = newClient(url, stop, ms);
    this.#client.on("error", (error) => this.#fail(error));
    stop.addEventListener("abort", () => this.#client.destroy(), { once: true });
  }

  get lost(): boolean {
    return this.#failure !== undefined || this.#stop.aborted;
  }

  /** @throws Refusal, or an Error that says why Redis cannot be reached: what was asked may have been done or not */
  async ask<T>(command: (client: Client) => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${this.#ms / 1000} s`)), this.#ms);
    });
    try {
      return await Promise.race([command(this.#client), late]);
    } catch (error) {
      // An error that Redis replied with leaves the connection as good as it was.
      if (error instanceof ErrorReply) throw this.#failure ?? this.#explain(error);
      throw this.#fail(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #fail(error: unknown): Error {
    if (this.#failure !== undefined) return this.#failure;
    this.#failure = this.#explain(error);
    this.#onLost();
    return this.#failure;
  }

  #explain(error: unknown): Error {
    const { hostname, port, password } = this.#url;
    const address = `${hostname}:${port || 6379}`;
    const { message, code } = error as NodeJS.ErrnoException;
    if (error instanceof ErrorReply) {
      // Redis before 6 quotes the whole greeting, password and all: so neither the quote nor the cause is passed on.
      const secret = password !== "" && message.includes(decodeURIComponent(password));
      const said = secret ? "it needs to be Redis 6 or newer" : message;
      return new Refusal(`Redis at ${address} refused: ${said}`, message.split(" ", 1)[0]!);
    }
    const reason = `cannot reach Redis at ${address} (${code ?? message})`;
    return new Error(`${reason}. Is it running? Set ${this.#variable} to where it is.`, { cause: error });
  }
}

import { createClient, ErrorReply } from "redis";
import { within } from "../../core/wait.ts";

const newClient = (url: URL, signal: AbortSignal, connectTimeout: number) =>
  createClient({
    url: url.href,
    // The signal also ends an attempt to connect, which the client's destroy() would let run on.
    // No reconnecting: a new client is made instead, so that no client ever sends a command for a second time by itself.
    // No socketTimeout either: each write resets it, so that it never fires on a link that pings. `ask` has its own.
    socket: { reconnectStrategy: false, connectTimeout, signal },
    disableOfflineQueue: true,
    maintNotifications: "disabled",
  });

export type Client = ReturnType<typeof newClient>;

/** Redis answered with an error: it did not do what it was asked. */
export class Refusal extends Error {
  /** The first word of its answer: `OOM`, `READONLY`, `NOSCRIPT`. */
  readonly word: string;

  constructor(message: string, word: string) {
    super(message);
    this.name = "Refusal";
    this.word = word;
  }
}

export interface LinkParts {
  readonly url: URL;
  /** The setting that the operator has to mend where Redis cannot be reached. */
  readonly variable: "LOG_URL" | "REDIS_URL";
  /** Ends the connection. */
  readonly stop: AbortSignal;
  /** Called when the connection has failed. Every further `ask` then throws the reason. */
  readonly onLost: () => void;
  /**
   * A connection that gives no answer in this time is lost: one that was cut half-way says nothing at all. 5,000 by default.
   */
  readonly timeoutMs?: number;
}

/** One connection to Redis, until `stop` is aborted or it fails. It never comes back by itself: see reconnect.ts. */
export class RedisLink {
  readonly #client: Client;
  readonly #url: URL;
  readonly #variable: string;
  readonly #timeoutMs: number;
  readonly #stop: AbortSignal;
  readonly #onLost: () => void;
  #failure: Error | undefined;

  /** @throws Error that names the variable and the fix; Refusal */
  static async open(linking: LinkParts): Promise<RedisLink> {
    const link = new RedisLink(linking);
    await link.ask((client) => client.connect());
    return link;
  }

  private constructor({ url, variable, stop, onLost, timeoutMs: ms = 5_000 }: LinkParts) {
    this.#url = url;
    this.#variable = variable;
    this.#timeoutMs = ms;
    this.#stop = stop;
    this.#onLost = onLost;
    this.#client = newClient(url, stop, ms);
    this.#client.on("error", (error) => this.#fail(error));
    stop.addEventListener("abort", () => this.#client.destroy(), { once: true });
  }

  get lost(): boolean {
    return this.#failure !== undefined || this.#stop.aborted;
  }

  /**
   * Runs a command.
   * @throws Refusal where Redis answers with an error; an Error that says why Redis cannot be reached, and then the command may
   * have been carried out or not
   */
  async ask<T>(command: (client: Client) => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    const late = () => new Error(`no answer within ${this.#timeoutMs / 1000} s`);
    try {
      return await within(this.#timeoutMs, command(this.#client), late);
    } catch (error) {
      // An error that Redis replied with leaves the connection as good as it was.
      if (error instanceof ErrorReply) throw this.#failure ?? this.#explain(error);
      throw this.#fail(error);
    }
  }

  #fail(error: unknown): Error {
    if (this.#failure !== undefined) return this.#failure;
    this.#failure = this.#explain(error);
    this.#onLost();
    return this.#failure;
  }

  #explain(error: unknown): Error {
    const { protocol, hostname, port, password } = this.#url;
    const address = `${hostname}:${port || 6379}`;
    const { message, code } = error as NodeJS.ErrnoException;
    if (error instanceof ErrorReply) {
      // Redis before 6 quotes the whole greeting, password and all: so neither the quote nor the cause is passed on.
      const secret = password !== "" && message.includes(decodeURIComponent(password));
      const said = secret ? "it needs to be Redis 6 or newer" : message;
      const word = message.split(" ", 1)[0]!;
      const mend = /^(WRONGPASS|NOAUTH)$/.test(word) ? ` Set ${this.#variable} to its user and password.` : "";
      return new Refusal(`Redis at ${address} refused: ${said}${mend}`, word);
    }
    const reason = `cannot reach Redis at ${address} (${code ?? message})`;
    return new Error(`${reason}. ${mendOf(code, protocol, this.#variable)}`, { cause: error });
  }
}

/** How to mend that a connection could not be made, or was lost. @param code of OpenSSL's, or of the system's */
function mendOf(code = "", protocol: string, variable: string): string {
  if (/CERT|^UNABLE_TO_/.test(code)) {
    return "Its certificate is not trusted here. Set NODE_EXTRA_CA_CERTS to the certificate of its authority.";
  }
  // A Redis without TLS says nothing at all to who begins with that.
  const asks = protocol === "rediss:" ? "Is it running, and with TLS?" : "Is it running?";
  return `${asks} Set ${variable} to where it is.`;
}

import OpenAI from "openai";
import { streamHeaders } from "../event.ts";
import { failureOf, refused } from "./failures.ts";
import { Failure, type Model, type Said } from "./model.ts";
import { type Limits, Patience } from "./patience.ts";

export interface BackendParts {
  /** Where an OpenAI-compatible API is: `https://api.openai.com/v1`. */
  readonly url: string;
  /** None for a backend that wants none. */
  readonly key: string | undefined;
  readonly model: string;
  /** In place of the network. */
  readonly fetch?: typeof fetch | undefined;
  readonly limits?: Limits | undefined;
}

/** A model behind an OpenAI-compatible API. */
export class Backend implements Model {
  readonly #openai: OpenAI;
  readonly #key: string | undefined;
  readonly #model: string;
  readonly #limits: Required<Limits>;

  constructor({ url, key, model, fetch, limits }: BackendParts) {
    this.#key = key;
    this.#model = model;
    this.#limits = { firstMs: 30_000, stallMs: 15_000, wholeMs: 300_000, length: 64 * 1024, ...limits };
    this.#openai = new OpenAI({
      baseURL: url,
      apiKey: key ?? "none", // the client wants one, whether or not its server does
      maxRetries: 0, // it is the visitor who decides to ask again
      timeout: this.#limits.wholeMs,
      logLevel: "off",
      ...(fetch !== undefined && { fetch }),
    });
  }

  async *answer(said: readonly Said[], signal: AbortSignal): AsyncGenerator<string> {
    const patience = new Patience(this.#limits);
    const stop = AbortSignal.any([signal, patience.signal]);
    let length = 0;
    let finish: string | undefined;
    try {
      for await (const { delta, finish_reason } of until(stop, this.#choices(said, stop))) {
        finish ??= finish_reason ?? undefined;
        const text = delta?.content;
        if (typeof text !== "string" || text === "") continue;
        patience.heard();
        yield text.slice(0, this.#limits.length - length);
        length += text.length;
        if (length > this.#limits.length) throw new Failure("The answer was too long, and was cut here.");
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw patience.signal.aborted ? patience.signal.reason : failureOf(error, this.#key);
    } finally {
      patience.end(); // which also ends the request, if it has not ended by itself
    }
    if (finish === "length") throw new Failure("The model reached its limit of length, and cut its answer here.");
    if (finish === "content_filter") throw new Failure("The model’s service held back the rest of this answer.");
    if (finish === undefined) throw new Failure("The model’s answer broke off.");
    if (length === 0) throw new Failure("The model had nothing to say.");
  }

  async *#choices(said: readonly Said[], signal: AbortSignal) {
    const request = this.#openai.chat.completions.create(
      { model: this.#model, messages: [...said], stream: true },
      { signal },
    );
    const { data, response } = await request.withResponse();
    if (!response.headers.get("Content-Type")?.startsWith(streamHeaders["Content-Type"]!)) throw refused("no stream");
    for await (const { choices } of data) if (choices?.[0] !== undefined) yield choices[0];
  }
}

/** The same values, until it is aborted, even if what gives them does not listen. */
async function* until<T>(signal: AbortSignal, values: AsyncGenerator<T>): AsyncGenerator<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {}); // when nobody waits for it
  for (;;) {
    signal.throwIfAborted();
    const next = await Promise.race([values.next(), aborted]);
    if (next.done) return;
    yield next.value;
  }
}

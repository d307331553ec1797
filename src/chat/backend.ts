import { streamHeaders } from "../engine/core/event.ts";
import { Calls } from "./calls.ts";
import { type CompletionChunk, chunkOf, messageOf } from "./completion-chunk.ts";
import { eventsOf } from "./completion-stream.ts";
import { failureOf, serviceFailure, statusFailure } from "./failures.ts";
import { Failure, type Heard, type Model, type Said } from "./model.ts";
import { type Limits, Patience } from "./patience.ts";
import { ThinkTag } from "./think-tag.ts";

export interface BackendParts {
  /** Where an OpenAI-compatible API is: `https://api.openai.com/v1`. */
  readonly url: string;
  /** Undefined for a backend that needs none. */
  readonly key: string | undefined;
  readonly model: string;
  /** What it is told before each conversation; nothing by default. */
  readonly system?: string | undefined;
  /** For tests: in place of the network. */
  readonly fetch?: typeof fetch | undefined;
  readonly limits?: Limits | undefined;
}

/** A model behind an OpenAI-compatible API. */
export class Backend implements Model {
  readonly #parts: BackendParts;
  readonly #limits: Required<Limits>;

  constructor(parts: BackendParts) {
    this.#parts = parts;
    this.#limits = { firstMs: 30_000, stallMs: 15_000, wholeMs: 300_000, length: 64 * 1024, ...parts.limits };
  }

  async *answer(said: readonly Said[], signal: AbortSignal): AsyncGenerator<Heard> {
    const { key } = this.#parts;
    const patience = new Patience(this.#limits);
    const stop = AbortSignal.any([signal, patience.signal]);
    let length = 0;
    let begun = false;
    const calls = new Calls();
    let finish: string | undefined;
    try {
      const chunks = this.#chunks(said, stop, () => patience.heard());
      for await (const chunk of until(stop, chunks)) {
        begun = true;
        if (chunk.error !== undefined) throw serviceFailure(chunk.error, key);
        for (const part of chunk.calls) calls.add(part);
        for (const { kind, text } of chunk.heard) {
          // Thinking counts for the whole time and not for the length: it is no part of the answer.
          const fits = kind === "text" ? text.slice(0, this.#limits.length - length) : text;
          yield { kind, text: fits };
          if (kind === "text") length += text.length;
          if (length > this.#limits.length) throw new Failure("chat_too_long");
        }
        finish = chunk.finish;
        // The answer is over now, whatever else the service sends, and even if it never ends the connection.
        if (finish !== undefined) break;
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw patience.signal.aborted ? patience.signal.reason : failureOf(error, key, begun);
    } finally {
      patience.end(); // which also ends the request, if it has not ended by itself
    }
    const asked = calls.all;
    yield* asked;
    if (finish === "length") throw new Failure("chat_limit");
    if (finish === "content_filter") throw new Failure("chat_held_back");
    if (finish === "error") throw serviceFailure("the stream ended with finish_reason: error", key);
    if (finish === undefined) throw new Failure("chat_broke_off");
    if (asked.length > 0) throw new Failure("chat_tool");
    if (length === 0) throw new Failure("chat_silent");
  }

  async *#chunks(said: readonly Said[], signal: AbortSignal, onLife: () => void): AsyncGenerator<CompletionChunk> {
    const { url, key, model, system, fetch = globalThis.fetch } = this.#parts;
    const told = system === undefined ? [] : [{ role: "system", content: system }];
    const response = await fetch(`${url.replace(/\/+$/, "")}/chat/completions`, {
      method: "POST",
      headers: {
        Accept: streamHeaders["Content-Type"]!,
        "Content-Type": "application/json",
        ...(key !== undefined && { Authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, messages: [...told, ...said], stream: true }),
      signal,
    });
    if (!response.ok) throw statusFailure(response.status, await headOf(response), key);
    const tag = new ThinkTag();
    for await (const { event, data } of eventsOf(response, onLife)) {
      // Some services never give a reason, and say only by this that the answer is over.
      if (data.trim() === "[DONE]") {
        yield { heard: tag.end(), finish: "stop", calls: [], error: undefined };
        return;
      }
      const json: unknown = JSON.parse(data);
      if (event === "error") throw serviceFailure(chunkOf(json).error ?? messageOf(json), key);
      const chunk = chunkOf(json);
      const heard = chunk.heard.flatMap((one) => (one.kind === "text" ? tag.add(one.text) : [one]));
      yield { ...chunk, heard: chunk.finish === undefined ? heard : [...heard, ...tag.end()] };
    }
    yield { heard: tag.end(), finish: undefined, calls: [], error: undefined };
  }
}

/** The same values, until the signal is aborted, even where the generator does not look at it. */
async function* until<T>(signal: AbortSignal, values: AsyncGenerator<T>): AsyncGenerator<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {}); // so that it is no unhandled rejection when nobody waits for it
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([values.next(), aborted]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    void values.return(undefined).catch(() => {}); // nobody waits for what it still has
  }
}

/** The beginning of the body of an answer that is an error. */
async function headOf(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > 10_000) break;
  }
  return text;
}

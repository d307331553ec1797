import type { Json } from "../core/json.ts";
import { parseJson } from "../core/json.ts";
import { wait } from "../core/wait.ts";
import { conditionalGet } from "./conditional-get.ts";
import { UNCHANGED, watching } from "./every.ts";
import { wakeable } from "./wakeup.ts";

export interface Poll {
  /** Sent with each request: `{ authorization: "Bearer …" }`. */
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds that one answer may take, its body included. Default: 10,000. */
  timeoutMs?: number;
}

/**
 * The JSON that a URL answers with, at once and whenever it has changed; asked for again `ms` milliseconds after each
 * answer. A server that knows ETag or Last-Modified sends it only when it is new; a 204, or an answer without a body, is no
 * new value. An answer that it is the same confirms what the topic holds; one without a body does not.
 *
 *     export default poll("https://api.example.com/price/ACME", 5_000);
 *
 * @throws Error at once where the URL is not valid. While iterated: where nobody answers, on any status but 200 to 299,
 * and where the answer is not JSON, over 256 KiB or late. After a 403, 429 or 503 with Retry-After nothing is asked before that
 * time, at most an hour, even by a source that was started again
 */
export function poll(url: string, ms: number, { headers = {}, timeoutMs = 10_000 }: Poll = {}): AsyncIterable<Json> {
  const address = httpUrl(url);
  const looks = wakeable(async function* (stop) {
    let last: string | undefined;
    let validators: Readonly<Record<string, string>> = {};
    while (!stop.aborted) {
      let found: Json | typeof UNCHANGED | undefined;
      try {
        const sent = { accept: "application/json", ...headers, ...validators };
        const answer = await conditionalGet(address, sent, timeoutMs, stop);
        validators = answer.validators;
        const { text, unchanged } = answer;
        if (unchanged || (text !== undefined && text === last)) found = UNCHANGED;
        else if (text !== undefined) found = parseJson(text);
        last = text ?? last;
      } catch (error) {
        throw named(address, error);
      }
      if (found !== undefined) yield found;
      await wait(ms, stop);
    }
  });
  return watching(looks);
}

/** Without the query, where keys are. What fetch throws only says why in its cause. */
function named({ origin, pathname }: URL, error: unknown): Error {
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return new Error(`cannot poll ${origin}${pathname}: ${cause?.code ?? cause?.message ?? message}`);
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error("poll needs a whole URL, such as https://example.com/data.json.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new Error("poll takes no password in its URL. Write headers: { authorization: … }.");
  }
  return url;
}

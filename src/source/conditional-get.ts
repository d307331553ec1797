import { wait } from "../wait.ts";

const LARGEST = 256 * 1024;
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * Until when a server has asked to be left alone, by URL. Of the module, since a source that failed is made anew, and
 * would not know.
 */
const pausedUntil = new Map<string, number>();

export interface Answer {
  /** Undefined where the server says that it is what it was. */
  readonly text: string | undefined;
  /** What to send next time, so that it can say so. */
  readonly validators: Readonly<Record<string, string>>;
}

/**
 * One GET, once the pause that its server may have asked for is over.
 * @param headers with the validators of the last answer
 * @throws Error on any status but 200 to 299, or 304 to validators; where the answer is over 256 KiB or late
 */
export async function conditionalGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Answer> {
  await wait((pausedUntil.get(url.href) ?? 0) - Date.now(), stop);
  // Neither AbortSignal.timeout, whose timer outlives the answer, nor any(), which is held by `stop` for as long as that.
  const over = new AbortController();
  const abort = () => over.abort();
  stop.addEventListener("abort", abort);
  if (stop.aborted) abort();
  const timer = setTimeout(() => over.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    const response = await fetch(url, { headers, signal: over.signal });
    const conditional = "if-none-match" in headers || "if-modified-since" in headers;
    // A 304 need not repeat the validators that it agrees with.
    if (response.status === 304 && conditional) return { text: undefined, validators: validatorsOf(response, headers) };
    if (!response.ok) {
      notePause(url, response);
      throw new Error(`it answered ${response.status}`);
    }
    return { text: await read(response), validators: validatorsOf(response) };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", abort);
    over.abort(); // a body that nobody has read would keep its connection
  }
}

async function read(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LARGEST) throw new Error(`the answer is over ${LARGEST / 1024} KiB`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function validatorsOf({ headers }: Response, sent: Readonly<Record<string, string>> = {}): Record<string, string> {
  const validators: Record<string, string> = {};
  const tag = headers.get("etag") ?? sent["if-none-match"];
  const modified = headers.get("last-modified") ?? sent["if-modified-since"];
  if (tag !== undefined) validators["if-none-match"] = tag;
  if (modified !== undefined) validators["if-modified-since"] = modified;
  return validators;
}

function notePause(url: URL, { status, headers }: Response): void {
  const now = Date.now();
  for (const [other, until] of pausedUntil) if (until <= now) pausedUntil.delete(other);
  const after = headers.get("retry-after");
  if (after === null || (status !== 429 && status !== 503)) return;
  const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now;
  if (ms > 0) pausedUntil.set(url.href, now + Math.min(ms, LONGEST_PAUSE_MS));
}

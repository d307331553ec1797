import { promisify, TextDecoder } from "node:util";
import { brotliDecompress, gunzip } from "node:zlib";
import { Agent, type Dispatcher, interceptors, request } from "undici";
import { wait } from "../core/wait.ts";

const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_PAUSE_MS = 3_600_000;

/**
 * Until when a server has asked not to be asked, by URL. It outlives the source, which is made anew when it fails.
 */
const pausedUntil = new Map<string, number>();

/**
 * Not `fetch`: it decodes bodies in streams of its own, whose errors end the process where nobody can listen to them (six
 * codings in one answer, and then an abort). Here a body is bytes until all of it has come.
 */
const agent = new Agent().compose(interceptors.redirect({ maxRedirections: 5 }));
const DECODERS = new Map([
  ["gzip", promisify(gunzip)],
  ["br", promisify(brotliDecompress)],
]);
const CODINGS = [...DECODERS.keys()].join(", ");

export interface Fetched {
  /** Undefined where the server says that it is what it was, or that it has nothing to say. */
  readonly text: string | undefined;
  /** Whether it says that it is what it was. */
  readonly unchanged: boolean;
  /** Headers to send next time, so that the server can say so. */
  readonly validators: Readonly<Record<string, string>>;
}

/**
 * One GET, once the pause that its server may have asked for is over.
 * @param headers with the validators of the last answer
 * @throws Error on any status but 200 to 299, or 304 to validators; where the answer is over 256 KiB, late, or coded in a way
 * that was not asked for. Nothing that a server answers throws elsewhere
 */
export async function conditionalGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Fetched> {
  await wait((pausedUntil.get(url.href) ?? 0) - Date.now(), stop);
  // Neither AbortSignal.timeout, whose timer outlives the answer, nor any(), which is held by `stop` for as long as that.
  const over = new AbortController();
  const abort = () => over.abort();
  stop.addEventListener("abort", abort);
  if (stop.aborted) abort();
  const timer = setTimeout(() => over.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    const sent = { "accept-encoding": CODINGS, ...headers };
    const response = await request(url, { headers: sent, signal: over.signal, dispatcher: agent });
    response.body.on("error", () => {}); // that of a body which is not read to its end
    const { statusCode: status } = response;
    const conditional = "if-none-match" in headers || "if-modified-since" in headers;
    // A 304 need not repeat the validators that it agrees with.
    if (status === 304 && conditional) {
      return { text: undefined, unchanged: true, validators: validatorsOf(response, headers) };
    }
    if (status < 200 || status > 299) {
      notePause(url, response);
      throw new Error(`it answered ${status}`);
    }
    const text = await read(response);
    // Nothing is no value, and so no news of the one that there was.
    const nothing = text.trim() === "";
    if (nothing) return { text: undefined, unchanged: false, validators: validatorsOf(response, headers) };
    return { text, unchanged: false, validators: validatorsOf(response) };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", abort);
    over.abort(); // a body that nobody has read would keep its connection
  }
}

async function read({ headers, body }: Dispatcher.ResponseData): Promise<string> {
  const coding = headerOf(headers, "content-encoding")?.trim().toLowerCase() ?? "identity";
  const text = decoderOf(headers);
  const decode = DECODERS.get(coding);
  if (decode === undefined && coding !== "identity" && coding !== "") {
    throw new Error(`the answer is coded in a way that was not asked for, which was ${CODINGS} or none`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return text.decode(decode === undefined ? bytes : await decoded(decode(bytes, LIMIT)));
}

/** The decoder for the answer's charset: UTF-8, if the server does not say otherwise. */
function decoderOf(headers: Headers): TextDecoder {
  const [, charset = "utf-8"] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headerOf(headers, "content-type") ?? "") ?? [];
  try {
    return new TextDecoder(charset);
  } catch {
    throw new Error("the answer is in a charset that is not known here");
  }
}

const LIMIT = { maxOutputLength: MAX_ANSWER_BYTES };

async function decoded(bytes: Promise<Buffer>): Promise<Buffer> {
  try {
    return await bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new Error("the answer is not what its Content-Encoding says");
  }
}

function tooLarge(): Error {
  return new Error(`the answer is over ${MAX_ANSWER_BYTES / 1024} KiB`);
}

type Headers = Dispatcher.ResponseData["headers"];

/** The value of a header; of one that came several times, all its values. */
function headerOf(headers: Headers, name: string): string | undefined {
  return headers[name]?.toString();
}

function validatorsOf(
  { headers }: Dispatcher.ResponseData,
  sent: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const validators: Record<string, string> = {};
  const tag = headerOf(headers, "etag") ?? sent["if-none-match"];
  const modified = headerOf(headers, "last-modified") ?? sent["if-modified-since"];
  if (tag !== undefined) validators["if-none-match"] = tag;
  if (modified !== undefined) validators["if-modified-since"] = modified;
  return validators;
}

function notePause(url: URL, { statusCode: status, headers }: Dispatcher.ResponseData): void {
  const now = Date.now();
  for (const [other, until] of pausedUntil) if (until <= now) pausedUntil.delete(other);
  const after = headerOf(headers, "retry-after");
  // 403 is what some say to whoever asks too often.
  if (after === undefined || ![403, 429, 503].includes(status)) return;
  const ms = /^\d+(\.\d+)?$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now;
  if (ms > 0) pausedUntil.set(url.href, now + Math.min(ms, MAX_PAUSE_MS));
}

import { randomUUID } from "node:crypto";
import { encodeEvent, streamHeaders, type WireEvent } from "../engine/core/event.ts";
import { decodeUtf8, parseJson } from "../engine/core/json.ts";
import { Problem } from "../engine/core/problem.ts";
import { Turns } from "../engine/core/turns.ts";
import { answerTo } from "./answer.ts";
import { ApiError, errorBody } from "./api-error.ts";
import { bodyOf, bytesOf } from "./body.ts";
import { completions } from "./completions.ts";
import { embedded, wantedOf } from "./embeddings.ts";
import { headersForAll, PREFLIGHT, rateHeaders } from "./headers.ts";
import { identify } from "./identity.ts";
import { modelAt, models } from "./models.ts";
import { PACE, type Pace } from "./pace.ts";
import { Cut, pacedAnswer } from "./paced-answer.ts";
import type { Api, Question } from "./question.ts";
import { seeded } from "./random.ts";
import { responses } from "./responses.ts";

export interface MockSettings extends Pace {
  /** The same seed gives the same bytes for the same question. Without one, each answer is another. */
  readonly seed: number | undefined;
  /** How many answers are told at once; the next gets a 429. */
  readonly most: number;
  /** How long one of them may take, in milliseconds: what would take longer is cut short, and what stalls is lost then. */
  readonly longestMs: number;
}

/** Takes what `fetch` takes and gives what it gives, without a network: an `openai` client can be given it as its `fetch`. */
export type Mock = typeof fetch;

type Route = Readonly<Record<string, (request: Request) => Response | Promise<Response>>>;

/**
 * The most tokens of an answer, whatever its request asks for. One that is not streamed is held in memory, and with how likely
 * each token was it is a hundred times as long.
 */
const MAX_TOKENS = { streamed: 65_536, whole: 16_384, withLogprobs: 2_048 };

const USUAL: MockSettings = { ...PACE, seed: undefined, most: 200, longestMs: 600_000 };

/**
 * A mock of OpenAI's API, at the paths below `/v1/` of any host. It rejects where a network would: when the caller aborts,
 * or when the prompt asks for a lost connection.
 */
export function createMock(settings: Partial<MockSettings> = {}): Mock {
  const { seed, most, longestMs, ...pace } = { ...USUAL, ...settings };
  const turns = new Turns();
  let open = 0;

  /** An answer counts until its signal is aborted, which is how each of them ends. @throws ApiError 429 */
  const begin = (request: Request) => {
    if (open >= most) {
      const headers = { "Retry-After": "1" };
      throw new ApiError(429, "rate_limit_exceeded", `${most} answers are being told. Try again in 1s.`, { headers });
    }
    const stop = new AbortController();
    const signal = AbortSignal.any([request.signal, stop.signal]);
    const timer = setTimeout(() => stop.abort(new Cut()), longestMs).unref();
    const end = () => {
      clearTimeout(timer);
      open--;
    };
    open++;
    signal.addEventListener("abort", end, { once: true });
    return { stop, signal };
  };

  const answer = async <Q extends Question>(request: Request, api: Api<Q>): Promise<Response> => {
    requireJson(request);
    const question = api.question(parseJson(decodeUtf8(await bytesOf(request))));
    request.signal.throwIfAborted();
    const key = question.seed ?? seed;
    const random = seeded(key === undefined ? randomUUID() : `${key} ${question.digest}`);
    const found = answerTo(question, random);
    const identity = identify(random, key !== undefined, found.tool);
    const { stop, signal } = begin(request);
    const length = question.stream ? MAX_TOKENS.streamed : MAX_TOKENS.whole;
    const mostTokens = question.logprobs === undefined ? length : MAX_TOKENS.withLogprobs;
    const limit = Math.min(question.limit ?? mostTokens, mostTokens);
    const pieces = pacedAnswer(found, { pace: { ...pace, ...question.pace }, random, limit, longestMs, turns, signal });
    if (question.stream) {
      const events = encoded(api.events(question, identity, pieces));
      return new Response(bodyOf(events, stop, signal), { headers: streamHeaders });
    }
    try {
      const tokens: string[] = [];
      let next = await pieces.next();
      for (; !next.done; next = await pieces.next()) tokens.push(...next.value);
      return json(api.whole(question, identity, tokens, next.value));
    } finally {
      stop.abort();
    }
  };

  const embed = async (request: Request): Promise<Response> => {
    requireJson(request);
    const wanted = wantedOf(parseJson(decodeUtf8(await bytesOf(request))));
    request.signal.throwIfAborted();
    const { stop, signal } = begin(request);
    return new Response(bodyOf(embedded(wanted, turns), stop, signal), {
      headers: { "Content-Type": "application/json" },
    });
  };

  const routeOf = (path: string): Route => {
    if (path === "/v1/chat/completions") return { POST: (request) => answer(request, completions) };
    if (path === "/v1/embeddings") return { POST: embed };
    if (path === "/v1/responses") return { POST: (request) => answer(request, responses) };
    if (path === "/v1/models") return { GET: () => json(models()) };
    if (path.startsWith("/v1/models/")) return { GET: () => json(modelAt(path.slice("/v1/models/".length))) };
    throw new ApiError(
      404,
      "unknown_url",
      "There is nothing at this path. Use /v1/chat/completions, responses, embeddings or models.",
    );
  };

  const respond = (request: Request): Response | Promise<Response> => {
    const { method } = request;
    if (method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT });
    const route = routeOf(new URL(request.url).pathname);
    const run = route[method === "HEAD" ? "GET" : method];
    if (run === undefined) throw methodNotAllowed(Object.keys(route).join(", "));
    authorize(request);
    return run(request);
  };

  return async (input, init) => {
    const request = new Request(input, init);
    const response = await Promise.resolve(request).then(respond).catch(refused);
    const all = { ...headersForAll(), ...rateHeaders(most, open) };
    for (const [name, value] of Object.entries(all)) if (!response.headers.has(name)) response.headers.set(name, value);
    return response;
  };
}

async function* encoded(events: AsyncIterable<WireEvent>): AsyncGenerator<string | Uint8Array> {
  for await (const event of events) yield encodeEvent(event);
}

/** What is whole says how long it is; what is made as it is read does not. */
function json(
  value: object,
  { status, headers }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const body = Buffer.from(JSON.stringify(value));
  const all = { ...headers, "Content-Type": "application/json", "Content-Length": String(body.length) };
  return new Response(body, { status: status ?? 200, headers: all });
}

/** @throws what is no refusal */
function refused(error: unknown): Response {
  if (!(error instanceof Problem)) throw error;
  return json(errorBody(error), { status: error.status, headers: error.headers });
}

export function methodNotAllowed(allow: string): ApiError {
  return new ApiError(405, "method_not_allowed", `Use ${allow} at this path.`, { headers: { Allow: allow } });
}

/** Any key will do, except for those that say that they will not. */
function authorize({ headers }: Request): void {
  const key = /^Bearer +(\S+) *$/i.exec(headers.get("Authorization") ?? "")?.[1];
  if (key === undefined) {
    throw new ApiError(401, "missing_api_key", "You did not provide an API key. Send Authorization: Bearer <any key>.");
  }
  if (/^(sk-)?invalid$/.test(key)) {
    throw new ApiError(401, "invalid_api_key", "Incorrect API key provided. Send any other one.");
  }
}

function requireJson({ headers }: Request): void {
  const type = headers.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new ApiError(415, "unsupported_content_type", "Send JSON with Content-Type: application/json.");
  }
}

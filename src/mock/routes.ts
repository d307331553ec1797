import { once } from "node:events";
import type Router from "@koa/router";
import type { Context } from "koa";
import { cut } from "../engine/http/middleware/errors.ts";
import { networkOf } from "../engine/http/request/allowance.ts";
import { readPieces } from "../engine/http/request/body.ts";
import { ApiError } from "./api-error.ts";
import { Body, MAX_BODY_BYTES } from "./body.ts";
import { type Mock, methodNotAllowed } from "./mock.ts";
import { Cut } from "./paced-answer.ts";

export interface MockLimits {
  /** How many requests one address may have under way; 32 by default. */
  readonly mostPerAddress?: number | undefined;
}

/** How many bytes of bodies may be on their way in at once, from all addresses. */
const MAX_ARRIVING_BYTES = 64 * 1024 * 1024;

/** The mock of OpenAI's API, for programs that reach it over HTTP. */
export function mockRoutes(router: Router, mock: Mock, { mostPerAddress = 32 }: MockLimits = {}): void {
  const open = new Map<string, number>();
  let arriving = 0;

  /** Counts a request until its connection is done with it. @throws ApiError 429 */
  const admit = (ctx: Context) => {
    const network = networkOf(ctx.ip);
    const count = open.get(network) ?? 0;
    if (count >= mostPerAddress) {
      const message = `Your address has ${mostPerAddress} requests under way. Try again in 1s.`;
      throw new ApiError(429, "rate_limit_exceeded", message, { headers: { "Retry-After": "1" } });
    }
    open.set(network, count + 1);
    ctx.res.once("close", () => {
      const left = open.get(network)! - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  };

  /** A body as it arrives, without the pictures in it. @throws ApiError 413, 503 */
  const read = async (ctx: Context): Promise<Buffer> => {
    const body = new Body();
    let size = 0;
    try {
      await readPieces(ctx, MAX_BODY_BYTES, (piece) => {
        size += piece.length;
        arriving += piece.length;
        if (arriving > MAX_ARRIVING_BYTES) throw overloaded();
        body.add(piece);
      });
    } finally {
      arriving -= size;
    }
    return body.bytes;
  };

  router.all(/^\/v1(?:\/.*)?$/, async (ctx) => {
    admit(ctx);
    const left = new AbortController();
    ctx.res.once("close", () => left.abort());
    try {
      const response = await mock(await requestOf(ctx, read, left.signal));
      ctx.status = response.status;
      ctx.set(Object.fromEntries(response.headers));
      if (response.body === null || response.headers.has("Content-Length")) ctx.body = await bodyOf(response);
      else await stream(ctx, response, left.signal);
    } catch (error) {
      // Whoever has left is told nothing; whoever asked for a lost connection loses it.
      if (!(error instanceof Cut) && !left.signal.aborted) throw error;
      ctx.respond = false;
      cut(ctx);
    }
  });
}

/** What the mock looks at of a request. */
async function requestOf(ctx: Context, read: (ctx: Context) => Promise<Buffer>, signal: AbortSignal): Promise<Request> {
  // The one method that reaches us and that no Request can have.
  if (ctx.method === "TRACE") throw methodNotAllowed("GET, POST");
  const bodiless = ctx.method === "GET" || ctx.method === "HEAD";
  const body = bodiless ? null : new Uint8Array(await read(ctx));
  const headers = new Headers();
  for (const name of ["Authorization", "Content-Type"]) if (ctx.get(name) !== "") headers.set(name, ctx.get(name));
  return new Request(`http://localhost${ctx.url}`, { method: ctx.method, headers, body, signal });
}

function overloaded(): ApiError {
  const headers = { "Retry-After": "1" };
  return new ApiError(503, "overloaded", "Too much is being sent at the moment. Try again in 1s.", { headers });
}

async function bodyOf(response: Response): Promise<Buffer | null> {
  return response.body && Buffer.from(await response.arrayBuffer());
}

async function stream(ctx: Context, { body }: Response, left: AbortSignal): Promise<void> {
  const { res } = ctx;
  ctx.respond = false;
  res.flushHeaders();
  for await (const bytes of body!) {
    // What its reader has no room for is not made.
    if (!res.write(bytes)) await once(res, "drain", { signal: left });
  }
  res.end();
}

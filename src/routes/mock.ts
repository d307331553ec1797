import { once } from "node:events";
import type Router from "@koa/router";
import type { Context } from "koa";
import { networkOf } from "../allowance.ts";
import { streamHeaders } from "../event.ts";
import { ApiError } from "../mock/api-error.ts";
import { MOST_BYTES } from "../mock/body.ts";
import { type Mock, methodNotAllowed } from "../mock/mock.ts";
import { Cut } from "../mock/telling.ts";
import { readBody } from "./body.ts";
import { cut } from "./errors.ts";

export interface MockLimits {
  /** How many requests one address may have under way; 32 by default. */
  readonly mostPerAddress?: number | undefined;
}

/** The mock of OpenAI's API, for programs that reach it over HTTP. */
export function mockRoutes(router: Router, mock: Mock, { mostPerAddress = 32 }: MockLimits = {}): void {
  const open = new Map<string, number>();

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

  router.all(/^\/v1(?:\/.*)?$/, async (ctx) => {
    admit(ctx);
    const left = new AbortController();
    ctx.res.once("close", () => left.abort());
    try {
      const response = await mock(await requestOf(ctx, left.signal));
      ctx.status = response.status;
      ctx.set(Object.fromEntries(response.headers));
      if (ctx.response.get("Content-Type") === streamHeaders["Content-Type"]) await stream(ctx, response, left.signal);
      else ctx.body = Buffer.from(await response.arrayBuffer());
    } catch (error) {
      // Whoever has left is told nothing; whoever asked for a lost connection loses it.
      if (!(error instanceof Cut) && !left.signal.aborted) throw error;
      ctx.respond = false;
      cut(ctx);
    }
  });
}

/** What the mock looks at of a request. */
async function requestOf(ctx: Context, signal: AbortSignal): Promise<Request> {
  // The one method that reaches us and that no Request can have.
  if (ctx.method === "TRACE") throw methodNotAllowed("GET, POST");
  const bodiless = ctx.method === "GET" || ctx.method === "HEAD";
  const body = bodiless ? null : new Uint8Array(await readBody(ctx, MOST_BYTES));
  const headers = new Headers();
  for (const name of ["Authorization", "Content-Type"]) if (ctx.get(name) !== "") headers.set(name, ctx.get(name));
  return new Request(`http://localhost${ctx.url}`, { method: ctx.method, headers, body, signal });
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

import { once } from "node:events";
import type Router from "@koa/router";
import type { Context } from "koa";
import { streamHeaders } from "../event.ts";
import { MOST_BYTES } from "../mock/body.ts";
import { type Mock, methodNotAllowed } from "../mock/mock.ts";
import { Cut } from "../mock/telling.ts";
import { readBody } from "./body.ts";
import { cut } from "./errors.ts";

/** The mock of OpenAI's API, for programs that reach it over HTTP. */
export function mockRoutes(router: Router, mock: Mock): void {
  router.all(/^\/v1(?:\/.*)?$/, async (ctx) => {
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

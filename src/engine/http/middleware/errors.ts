import { constants, type Http2ServerResponse } from "node:http2";
import type { Context, Middleware } from "koa";
import { Denied, logInAddress } from "../../access/authorize.ts";
import { AuthorError } from "../../core/author-error.ts";
import { escaped } from "../../core/html.ts";
import { LIMITS } from "../../core/limits.ts";
import { Problem } from "../../core/problem.ts";
import type { Report } from "../../ops/logger.ts";
import type { Metrics } from "../../ops/metrics.ts";
import { answerUnread, isUnread } from "../request/body.ts";
import { isTaken } from "../request/lone-request.ts";
import { isEnhanced, pageAddress } from "../request/open-page.ts";
import { requestIdOf, tell } from "../request/request-id.ts";
import type { ProblemPage } from "./problem-page.ts";
import { toMend, type WhatToMend } from "./to-mend.ts";

/** Another form of errors, for programs that do not know problem+json: as JSON, for all below a path. */
export interface ErrorFormat {
  /** Such as `/v1`. */
  readonly path: string;
  readonly format: (problem: Problem) => { readonly headers: Record<string, string>; readonly body: object };
}

export interface ErrorParts {
  /** Makes what a person reads; without it, a page without a look. */
  readonly page?: ProblemPage;
  readonly formats: readonly ErrorFormat[];
  readonly development: boolean;
  /** By default nothing is known. */
  readonly whatToMend?: WhatToMend;
  readonly report: Report;
  readonly metrics: Metrics;
}

/**
 * Answers for whatever a route throws, and for what no route has taken. What really happened goes to the operator's log; in
 * development also to the page, since only its author looks at it.
 */
export function errors(parts: ErrorParts): Middleware {
  const { page = plainPage, formats, development, whatToMend = () => undefined, report, metrics } = parts;
  return async (ctx, next) => {
    try {
      if (ctx.url.length > LIMITS.urlBytes) {
        throw new Problem(414, "url_too_long", `The address is over ${LIMITS.urlBytes / 1024} KiB. Shorten it.`);
      }
      await next();
      if (ctx.respond !== false && ctx.body == null) unanswered(ctx);
    } catch (error) {
      const problem = error instanceof Problem ? toMend(error, ctx.path, whatToMend) : internal(error, development);
      tell(ctx, report, error, problem);
      metrics.refusals.add(problem.code);
      // A stream that has begun can only be cut: its page comes back and catches up.
      if (ctx.headerSent || isTaken(ctx.req)) return cut(ctx);
      const own = formats.find(({ path }) => ctx.path === path || ctx.path.startsWith(`${path}/`));
      if (own === undefined) await answer(ctx, problem, page);
      else answerProgram(ctx, problem, own);
    }
  };
}

function internal(error: unknown, development: boolean): Problem {
  const title = "Something went wrong here. The server's log says what.";
  const detail = development ? (error instanceof AuthorError ? error.message : String(error)) : undefined;
  return new Problem(500, "internal", title, { detail });
}

/** Cuts an answer off: on HTTP/1 by its connection, on HTTP/2 by its stream alone. */
export function cut({ req, res }: Context): void {
  // The socket itself, since destroying a request that was read to its end does not end it.
  if (req.httpVersionMajor === 1) req.socket.destroy();
  else (res as unknown as Http2ServerResponse).stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

/** Throws for a request that no route has answered, or that the router has refused without a body. */
function unanswered(ctx: Context): void {
  const { status, method } = ctx;
  const allow = ctx.response.get("Allow");
  // 501 is the router's word for a method that none of its routes has.
  if ((status === 405 || status === 501) && allow !== "") {
    throw new Problem(405, "method_not_allowed", `Use ${allow} at this address.`, { headers: { Allow: allow } });
  }
  if (status >= 400) throw new Problem(404, "not_found", "There is nothing at this address.");
  if (method === "OPTIONS") ctx.status = 204;
}

function answerProgram(ctx: Context, problem: Problem, { format }: ErrorFormat): void {
  const { headers, body } = format(problem);
  ctx.status = problem.status;
  ctx.set({ ...problem.headers, ...headers, "Cache-Control": "no-store" });
  send(ctx, "application/json", JSON.stringify(body));
}

async function answer(ctx: Context, problem: Problem, page: ProblemPage): Promise<void> {
  if (problem instanceof Denied && problem.logIn !== undefined && leadToLogIn(ctx, problem.logIn)) return;
  ctx.status = problem.status;
  ctx.set({ ...problem.headers, "Cache-Control": "no-store" });
  // Keeps htmx from putting it into the page.
  ctx.set("HX-Reswap", "none");
  if (isForPerson(ctx)) send(ctx, "text/html; charset=utf-8", await pageOf(ctx, problem, page));
  else send(ctx, "application/problem+json", JSON.stringify({ ...problem.toJSON(), request_id: requestIdOf(ctx) }));
}

/** Leads a person to where to log in, with the way back. @returns whether it is one: a program is told why */
function leadToLogIn(ctx: Context, logIn: string): boolean {
  if (!isEnhanced(ctx) && !isForPerson(ctx)) return false;
  const to = logInAddress(logIn, pageAddress(ctx));
  ctx.set("Cache-Control", "no-store");
  if (isEnhanced(ctx)) {
    // htmx swaps nothing then, whatever the status.
    ctx.set("HX-Redirect", to);
    ctx.status = 401;
    ctx.body = "";
  } else {
    ctx.status = 303;
    ctx.redirect(to);
  }
  return true;
}

/** A person who followed a link or sent a form reads a page; programs get what they can parse. */
function isForPerson(ctx: Context): boolean {
  return ctx.accepts("application/problem+json", "application/json", "text/html") === "text/html";
}

function send(ctx: Context, type: string, content: string | Buffer): void {
  const body = typeof content === "string" ? Buffer.from(content) : content;
  ctx.set("Content-Type", type);
  if (isUnread(ctx)) answerUnread(ctx, body);
  else ctx.body = body;
}

/** The page; a plain one where the author's layout is what throws. */
function pageOf(ctx: Context, problem: Problem, page: ProblemPage): Promise<Buffer> {
  return page(ctx, problem).catch(() => plainPage(ctx, problem));
}

async function plainPage(ctx: Context, { status, message, detail }: Problem): Promise<Buffer> {
  const why = detail === undefined ? "" : `<pre tabindex="0">${escaped(detail)}</pre>`;
  const which = status >= 500 ? `<p><small>Request <code>${escaped(requestIdOf(ctx))}</code></small></p>` : "";
  return Buffer.from(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status}</title>
<main><h1>${status}</h1><p>${escaped(message)}</p>${why}${which}<p><a href="/">To the first page</a></p></main>
</html>
`);
}

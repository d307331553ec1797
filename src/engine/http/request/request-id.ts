import { randomUUID } from "node:crypto";
import type { Context, Middleware } from "koa";
import type { Problem } from "../../core/problem.ts";
import type { Report } from "../../ops/logger.ts";
import type { About } from "../../ops/outlet.ts";
import { isFromProxy } from "./address.ts";

/** What an id may be that a proxy gives: of other characters a log, or a header, could be made to say something else. */
const WELL_FORMED = /^[\w.:~+/=@-]{1,128}$/;

/**
 * Names each request, so that its answer, its error and the lines of the log about it can be found together: by the
 * `X-Request-Id` that a proxy of ours gives it, else by one that is made here.
 */
export const requestId: Middleware = (ctx, next) => {
  const given = ctx.get("X-Request-Id");
  ctx.state.requestId = WELL_FORMED.test(given) && isFromProxy(ctx) ? given : randomUUID();
  ctx.res.setHeader("X-Request-Id", ctx.state.requestId);
  return next();
};

export function requestIdOf(ctx: Context): string {
  return ctx.state.requestId;
}

/** What the operator is told of a request. Of its path the first part alone, since topics can name visitors. */
export function aboutRequest(ctx: Context): About {
  const [path] = /^\/[^/]*\/?/.exec(ctx.path) ?? [""];
  const { requestId, token } = ctx.state;
  return { request_id: requestId, method: ctx.method, path: path === ctx.path ? path : `${path}…`, token };
}

/**
 * Tells the operator of what a request has met, once: whoever meets it first tells of it, and not also who answers it. What its
 * sender can mend is for those who look closely.
 * @param error what was thrown
 * @param problem what is answered, which may be the same
 */
export function tell(ctx: Context, report: Report, error: unknown, problem: Problem, about: About = {}): void {
  if (ctx.state.isTold) return;
  ctx.state.isTold = true;
  const level = error === problem && problem.cause === undefined ? "debug" : undefined;
  report(error, undefined, { level, ...aboutRequest(ctx), status: problem.status, code: problem.code, ...about });
}

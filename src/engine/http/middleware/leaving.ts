import type { Middleware } from "koa";
import { draining } from "../../core/problem.ts";

/** How far a server has got on its way out. */
export interface Phase {
  /** It is about to go: /healthz says so, and no connection is kept. */
  readonly isLeaving: boolean;
  /** It takes no new work: what began now might be cut off. */
  readonly isClosing: boolean;
}

/** @throws Problem 503 `draining` */
export function leaving(phase: Phase): Middleware {
  return (ctx, next) => {
    // Connections that were kept alive would bring new work to the last.
    if (phase.isLeaving && ctx.req.httpVersionMajor === 1) ctx.set("Connection", "close");
    if (!phase.isClosing || /^(GET|HEAD|OPTIONS)$/.test(ctx.method)) return next();
    throw draining();
  };
}

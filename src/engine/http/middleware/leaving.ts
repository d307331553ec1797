import type { Middleware } from "koa";
import { draining } from "../../core/problem.ts";

/** The phases of a server that stops: first it is leaving, then closing. */
export interface Phase {
  /** /healthz says that it is about to go, and connections are not kept alive. */
  readonly isLeaving: boolean;
  /** It takes no new work: what began now might be cut off. */
  readonly isClosing: boolean;
}

/** @throws Problem 503 `draining` */
export function leaving(phase: Phase): Middleware {
  return (ctx, next) => {
    // A connection that is kept alive would bring new requests until the end.
    if (phase.isLeaving && ctx.req.httpVersionMajor === 1) ctx.set("Connection", "close");
    if (!phase.isClosing || /^(GET|HEAD|OPTIONS)$/.test(ctx.method)) return next();
    throw draining();
  };
}

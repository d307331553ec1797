import type { Context } from "koa";

/**
 * Notes that what answers a request holds something of whoever sent it, or made for them. In the request's own state: collecting what
 * a WeakSet of all of them holds costs more.
 * @returns that
 */
export function ofOne<T>(ctx: Context, value: T): T {
  ctx.state.isPersonal = true;
  return value;
}

/** Whether its answer is, as far as was noted, the same for whoever asks. */
export function isForAll(ctx: Context): boolean {
  return ctx.state.isPersonal !== true;
}

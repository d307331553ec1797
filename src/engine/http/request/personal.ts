import type { Context } from "koa";

const personal = new WeakSet<Context>();

/** Notes that what answers a request holds something of whoever sent it, or made for them. @returns that */
export function ofOne<T>(ctx: Context, value: T): T {
  personal.add(ctx);
  return value;
}

/** Whether its answer is, as far as was noted, the same for whoever asks. */
export function isForAll(ctx: Context): boolean {
  return !personal.has(ctx);
}

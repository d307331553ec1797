import type { Middleware } from "koa";

const SMALL_BYTES = 16 * 1024;

/**
 * Makes Koa forget a body once it was handed over to be sent. Else it would keep it for as long as its reader takes; what is
 * still to be sent is kept, and counted, in listen/unsent.ts.
 */
export const releaseBody: Middleware = async (ctx, next) => {
  await next();
  if (ctx.respond === false) return;
  // All of it is given to its reader's socket at once, which keeps it anyway.
  if (Buffer.isBuffer(ctx.body) && ctx.body.length <= SMALL_BYTES) return;
  setImmediate(() => {
    if (ctx.headerSent && !ctx.res.writableFinished) ctx.body = null;
  });
};

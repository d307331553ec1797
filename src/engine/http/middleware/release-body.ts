import type { Middleware } from "koa";

/**
 * Makes Koa forget a body once it was handed over to be sent. Else it would keep it for as long as its reader takes; what is
 * still to be sent is kept, and counted, in listen/unsent.ts.
 */
export const releaseBody: Middleware = async (ctx, next) => {
  await next();
  setImmediate(() => {
    if (ctx.headerSent && !ctx.res.writableFinished) ctx.body = null;
  });
};

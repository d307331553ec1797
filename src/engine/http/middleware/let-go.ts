import type { Middleware } from "koa";

/**
 * Koa keeps a body for as long as its answer lasts, which its reader decides. Once it is given, what is still to be sent of it
 * is
 * kept by who sends it, and counted there (listen/unsent.ts).
 */
export const letGo: Middleware = async (ctx, next) => {
  await next();
  setImmediate(() => {
    if (ctx.headerSent) ctx.body = null;
  });
};

import type { Middleware } from "koa";

const HEADERS = {
  // Nothing inline and nothing from elsewhere: even markup that slipped into a fragment could not run a script.
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Frame-Options": "DENY",
};

/** What every answer says to a browser about itself. */
export const headers: Middleware = (ctx, next) => {
  ctx.set(HEADERS);
  return next();
};

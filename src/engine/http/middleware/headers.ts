import type { Middleware } from "koa";

/**
 * What every answer says to a browser about itself.
 * @param framers the origins whose pages may show it in a frame
 * @param media the origins besides this server's whose pictures, films and sounds it may show
 */
export function headers(framers: readonly string[], media: readonly string[] = []): Middleware {
  const shown = ["'self'", ...media].join(" ");
  const own = Object.entries({
    // Nothing inline and nothing from elsewhere: even markup that slipped into a fragment could not run a script.
    "Content-Security-Policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
      `img-src ${shown}; media-src ${shown}; base-uri 'none'; form-action 'self'; frame-ancestors ${framers.join(" ") || "'none'"}`,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    // It cannot name an origin: where there is one, the policy above stands alone.
    ...(framers.length === 0 && { "X-Frame-Options": "DENY" }),
  });
  return ({ res }, next) => {
    for (const [name, value] of own) res.setHeader(name, value);
    return next();
  };
}

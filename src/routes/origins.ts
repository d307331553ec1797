import { isIP } from "node:net";
import type { Context, Middleware } from "koa";
import { Problem } from "../problem.ts";

/**
 * Answers to its own names only. Else a foreign page could have its own name resolve to this server's address, and would
 * then be of the same origin (DNS rebinding). A literal address cannot be made to resolve elsewhere.
 */
export function knownHost(hosts: readonly string[]): Middleware {
  return (ctx, next) => {
    // HTTP/1.0 programs need not send one; browsers, which this is about, always do.
    if (ctx.host === "" && ctx.req.httpVersion === "1.0") return next();
    const name = /^(\[[0-9a-f:.]+\]|[^:@/[\]\s]+)(?::\d+)?$/i.exec(ctx.host)?.[1]?.toLowerCase().replace(/\.$/, "");
    if (
      name === undefined ||
      !(
        name === "localhost" ||
        name.endsWith(".localhost") ||
        isIP(name.replace(/^\[|\]$/g, "")) ||
        hosts.includes(name)
      )
    ) {
      throw new Problem(421, "host_unknown", "This server does not go by that name. Its operator can add it to HOSTS.");
    }
    return next();
  };
}

/** What pages of allowed origins may reach: streams, and publishing. The forms are for our own pages. */
const SHARED = /^\/(events$|publish(\/|$))/;

/**
 * Whether the mock of OpenAI's API is asked, which is open to the pages of all origins: it reads no cookie, and neither
 * tells nor changes anything that is a visitor's.
 */
export function isMock({ path }: Context): boolean {
  return path === "/v1" || path.startsWith("/v1/");
}
/** How long a browser may keep the answer of a preflight, in seconds. */
const PREFLIGHT_S = 600;

/** Keeps pages of other sites from writing, and from reading or holding a stream. Programs that are no browser pass. */
export function knownOrigin(allowed: readonly string[]): Middleware {
  return (ctx, next) => {
    if (isMock(ctx)) return next();
    const shared = SHARED.test(ctx.path);
    if (shared && allowed.length > 0) ctx.vary("Origin");
    const friend = shared && allowed.includes(ctx.get("Origin"));
    if (friend) {
      // htmx's extension always sends credentials, for which “*” would not do.
      ctx.set({ "Access-Control-Allow-Origin": ctx.get("Origin"), "Access-Control-Allow-Credentials": "true" });
      if (ctx.method === "OPTIONS" && ctx.get("Access-Control-Request-Method") !== "") return preflight(ctx);
      // What tells a publisher when to try again, which scripts would not see by themselves.
      ctx.set("Access-Control-Expose-Headers", "Retry-After");
    }
    const reads = ctx.path !== "/events" && ["GET", "HEAD", "OPTIONS"].includes(ctx.method);
    if (!reads && !friend && !isOwn(ctx)) {
      throw new Problem(
        403,
        "origin_forbidden",
        "Pages of other sites may not do this. The operator can add them to CORS_ORIGINS.",
      );
    }
    return next();
  };
}

/** What a browser asks before it sends what a form could not. Whether it is right is for the request itself. */
function preflight(ctx: Context): void {
  ctx.set({
    "Access-Control-Allow-Methods": ctx.path === "/events" ? "GET, HEAD" : "POST, DELETE",
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, last-event-id",
    "Access-Control-Max-Age": String(PREFLIGHT_S),
  });
  ctx.status = 204;
}

function isOwn(ctx: Context): boolean {
  const site = ctx.get("Sec-Fetch-Site");
  // The browser's own word, which no page can forge. It holds behind a proxy that rewrites Host, too.
  if (site !== "") return site === "same-origin" || site === "none";
  const origin = ctx.get("Origin");
  return origin === "" || (URL.canParse(origin) && new URL(origin).host === ctx.host.toLowerCase());
}

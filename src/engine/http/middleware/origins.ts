import { isIP } from "node:net";
import type Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { Problem } from "../../core/problem.ts";

/** For how long a browser that has been here over HTTPS comes back over HTTPS only, in seconds: a year. */
const HTTPS_ONLY_S = 365 * 24 * 60 * 60;

/**
 * Answers to its own names only. Else a foreign page could have its own name resolve to this server's address, and would
 * then be of the same origin (DNS rebinding). A literal address cannot be made to resolve elsewhere.
 */
export function knownHost(hosts: readonly string[]): Middleware {
  return (ctx, next) => {
    // As it came: Koa's own reading leaves out what precedes an “@” or follows a comma.
    const host = ctx.get(":authority") || ctx.get("Host");
    // HTTP/1.0 programs need not send one; browsers, which this is about, always do.
    if (host === "" && ctx.req.httpVersion === "1.0") return next();
    const name = /^(\[[0-9a-f:.]+\]|[^:@/[\]\s]+)(?::\d+)?$/i.exec(host)?.[1]?.toLowerCase().replace(/\.$/, "");
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
    // Not for localhost, where everything else that is developed there would be told, too. Addresses take none.
    if (hosts.includes(name) && ctx.secure) ctx.set("Strict-Transport-Security", `max-age=${HTTPS_ONLY_S}`);
    return next();
  };
}

/** How long a browser may keep the answer of a preflight, in seconds. */
const PREFLIGHT_S = 600;

// Whether a page of another site may ask is a property of each route: it stands on the router that the route is on, and
// nothing reads the path a second time. Programs that are no browser pass everywhere.

/** Lets pass our own pages: for what writes, and for what starts work. @throws Problem 403 `origin_forbidden` */
export const ownPages: Middleware = (ctx, next) => {
  if (!isOwn(ctx)) throw forbidden("Pages of other sites may not do this.");
  return next();
};

/**
 * Lets pass our own pages, and visitors who are led here from elsewhere: for pages, which start what they show.
 * @throws Problem 403 `origin_forbidden`
 */
export const visitors: Middleware = (ctx, next) => {
  if (!isOwn(ctx) && !isVisit(ctx)) throw forbidden("Pages of other sites may link to this page, and nothing else.");
  return next();
};

/**
 * Lets pass our own pages, and those of the origins that the operator names: for streams, and for publishing.
 * @throws Problem 403 `origin_forbidden`
 */
export function allowedPages(allowed: readonly string[]): Middleware {
  return (ctx, next) => {
    if (!welcomes(ctx, allowed) && !isOwn(ctx)) {
      throw forbidden("Pages of other sites may not do this. The operator can add them to CORS_ORIGINS.");
    }
    return next();
  };
}

/** Answers what a browser asks before it sends what a form could not. Whether it is right is for the request itself. */
export function preflights(shared: Router, allowed: readonly string[]): Middleware {
  return (ctx, next) => {
    if (ctx.method !== "OPTIONS" || ctx.get("Access-Control-Request-Method") === "") return next();
    const methods = shared.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    if (methods.length === 0 || !welcomes(ctx, allowed)) return next();
    ctx.set({
      "Access-Control-Allow-Methods": methods.join(", "),
      "Access-Control-Allow-Headers":
        "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id",
      "Access-Control-Max-Age": String(PREFLIGHT_S),
    });
    ctx.status = 204;
  };
}

/** Whether an allowed origin's page asks, whose browser is then told so. */
function welcomes(ctx: Context, allowed: readonly string[]): boolean {
  if (allowed.length > 0) ctx.vary("Origin");
  const origin = ctx.get("Origin");
  if (!allowed.includes(origin)) return false;
  // htmx's extension always sends credentials, for which “*” would not do.
  ctx.set({ "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" });
  // What tells a publisher how a topic stands, and when to try again, which scripts would not see by themselves.
  ctx.set("Access-Control-Expose-Headers", "ETag, Retry-After");
  return true;
}

function isOwn(ctx: Context): boolean {
  const site = ctx.get("Sec-Fetch-Site");
  // A browser that fetches ahead says that nobody has sent it, also where the rules of any page have.
  if (site === "none") return !isAhead(ctx);
  // The browser's own word, which no page can forge. It holds behind a proxy that rewrites Host, too.
  if (site !== "") return site === "same-origin";
  const origin = ctx.get("Origin");
  return origin === "" || (URL.canParse(origin) && new URL(origin).host === ctx.host.toLowerCase());
}

/** Whether a browser shows the answer to its user as a page: in no frame, as no picture, and not ahead of a click. */
function isVisit(ctx: Context): boolean {
  const shown = ctx.get("Sec-Fetch-Mode") === "navigate" && ctx.get("Sec-Fetch-Dest") === "document";
  return shown && !isAhead(ctx);
}

/** Whether a browser asks for what its user may never look at. */
function isAhead(ctx: Context): boolean {
  return ctx.get("Sec-Purpose") !== "";
}

function forbidden(title: string): Problem {
  return new Problem(403, "origin_forbidden", title);
}

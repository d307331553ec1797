import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { Problem } from "../../core/problem.ts";
import { Remembered } from "../../core/remembered.ts";

/** For how long a browser that has been here over HTTPS comes back over HTTPS only, in seconds: a year. */
const HTTPS_ONLY_S = 365 * 24 * 60 * 60;

/**
 * Answers to its own names only. Else a foreign page could have its own name resolve to this server's address, and would
 * then be of the same origin (DNS rebinding). A literal address cannot be made to resolve elsewhere.
 */
export function knownHost(hosts: readonly string[]): Middleware {
  const names = new Remembered((host) => nameIn(host, hosts));
  return (ctx, next) => {
    // Node takes the first of two, and what is in front of it may take the other. HTTP/2 has one :authority.
    if (hasTwoHosts(ctx.req)) {
      throw new Problem(400, "host_invalid", "A request has one Host header. Leave the others out.");
    }
    // The header itself: Koa's `host` leaves out what is before an “@” or after a comma.
    const host = ctx.get(":authority") || ctx.get("Host");
    // Programs that speak HTTP/1.0 need not send one; browsers always do, and they are what this is about.
    if (host === "" && ctx.req.httpVersion === "1.0") return next();
    const name = names.of(host);
    if (name === undefined) {
      throw new Problem(421, "host_unknown", "This server does not go by that name. Its operator can add it to HOSTS.");
    }
    // Not for localhost: it would hold for everything else that is developed there. For literal addresses it has no effect.
    if (hosts.includes(name) && ctx.secure) ctx.set("Strict-Transport-Security", `max-age=${HTTPS_ONLY_S}`);
    return next();
  };
}

/** The name in a Host header, if it is one of ours. */
function nameIn(host: string, hosts: readonly string[]): string | undefined {
  // Of other characters no name is made, though browsers resolve any below localhost; and pages show it within commands for a shell.
  const name = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d+)?$/i.exec(host)?.[1]?.toLowerCase().replace(/\.$/, "");
  if (name === undefined || name === "localhost" || name.endsWith(".localhost")) return name;
  return isIP(name.replace(/^\[|\]$/g, "")) !== 0 || hosts.includes(name) ? name : undefined;
}

/** Of HTTP/1: its headers as they came, since Node sorts all of them to say which are doubled. */
function hasTwoHosts({ rawHeaders, httpVersionMajor }: IncomingMessage): boolean {
  if (httpVersionMajor !== 1) return false;
  const isHost = (text: string, i: number) => i % 2 === 0 && text.length === 4 && text.toLowerCase() === "host";
  return rawHeaders.filter(isHost).length > 1;
}

/** How long a browser may keep the answer of a preflight, in seconds. */
const PREFLIGHT_S = 600;

// Which pages may use a route is decided by the router that the route is on: each router has one of these as its first
// middleware. Programs that are no browser pass everywhere.

/** Admits this server's own pages: for what writes, and for what starts work. @throws Problem 403 `origin_forbidden` */
export const ownPages: Middleware = (ctx, next) => {
  if (!isOwn(ctx)) throw forbidden("Pages of other sites may not do this.");
  return next();
};

/**
 * Admits this server's own pages, visits by a link from anywhere, and frames on pages of the origins in FRAME_ANCESTORS: for
 * pages, which start the sources of what they show.
 * @throws Problem 403 `origin_forbidden`
 */
export function visitors(framers: readonly string[]): Middleware {
  return (ctx, next) => {
    if (isOwn(ctx) || isVisit(ctx) || isFramed(ctx, framers)) return next();
    throw forbidden(
      ctx.get("Sec-Fetch-Dest") === "iframe"
        ? "Pages of other sites may link to this page, and not show it in a frame. The operator can add them to FRAME_ANCESTORS."
        : "Pages of other sites may link to this page, and nothing else.",
    );
  };
}

/**
 * Admits this server's own pages, and those of the origins in CORS_ORIGINS: for streams, and for publishing.
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

/**
 * Answers preflights, by which a browser asks before it sends what a form could not. The request itself is checked as any
 * other.
 */
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

/** Whether a page of an allowed origin asks; if so, sets the headers that let its browser read the answer. */
function welcomes(ctx: Context, allowed: readonly string[]): boolean {
  if (allowed.length > 0) ctx.vary("Origin");
  const origin = ctx.get("Origin");
  if (!allowed.includes(origin)) return false;
  // htmx's extension always sends credentials, for which “*” would not do.
  ctx.set({ "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" });
  // Scripts of other origins see only those headers that are named here.
  ctx.set("Access-Control-Expose-Headers", "ETag, Retry-After");
  return true;
}

function isOwn(ctx: Context): boolean {
  const site = ctx.get("Sec-Fetch-Site");
  // A prefetch that a page of any site has asked for says “none”, too.
  if (site === "none") return !isAhead(ctx);
  // The browser's own word, which no page can forge. It holds behind a proxy that rewrites Host, too.
  if (site !== "") return site === "same-origin";
  const origin = ctx.get("Origin");
  return origin === "" || (URL.canParse(origin) && new URL(origin).host === ctx.host.toLowerCase());
}

/** Whether the browser is going to show the answer as a page: not in a frame, as a picture or as a prefetch. */
function isVisit(ctx: Context): boolean {
  const shown = ctx.get("Sec-Fetch-Mode") === "navigate" && ctx.get("Sec-Fetch-Dest") === "document";
  return shown && !isAhead(ctx);
}

/**
 * Whether the browser is going to show the answer in a frame on a page that may have it. A page can hide where a request comes
 * from, and cannot pretend to be another: one that hides it is not known, and so starts no source here. That the pages around
 * that page may have it too is seen to by the browser.
 */
function isFramed(ctx: Context, framers: readonly string[]): boolean {
  if (ctx.get("Sec-Fetch-Mode") !== "navigate" || ctx.get("Sec-Fetch-Dest") !== "iframe" || isAhead(ctx)) return false;
  const from = ctx.get("Referer");
  return URL.canParse(from) && framers.includes(new URL(from).origin);
}

/** Whether it is a prefetch, which its user may never look at. */
function isAhead(ctx: Context): boolean {
  return ctx.get("Sec-Purpose") !== "";
}

function forbidden(title: string): Problem {
  return new Problem(403, "origin_forbidden", title);
}

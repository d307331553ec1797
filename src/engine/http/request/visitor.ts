import Keygrip from "keygrip";
import type Koa from "koa";
import type { Context } from "koa";
import type { OwnIds } from "../../access/own-ids.ts";
import { secretSegment, secretText } from "../../core/topic.ts";
import { httpMajorOf } from "./address.ts";
import { cookieName, setSigned } from "./signed-cookie.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const COOKIE_BYTES = 18;
/** So many characters of a cookie are looked at to count by it. None of this server's is longer; who makes one up sends any. */
const MOST_COUNTED = 64;
/** How many characters a cookie has that was given before the server knew ids again. */
const FORMER_LENGTH = secretSegment().length;

const idsOf = new WeakMap<Koa, OwnIds>();

/**
 * Gives an app the key by which Koa signs visitors' cookies, and what their ids are made of. A visitor's cookie is known only
 * to the browser and this server; the id, made from it, names topics, and so is in pages, addresses and logs.
 * @param secret gives the present secret: all nodes have the same, and another one where their log is replaced
 */
export function keyVisitors(app: Koa, secret: () => string, ids: OwnIds): void {
  Object.defineProperty(app, "keys", { get: () => new Keygrip([secret()], "sha256") });
  idsOf.set(app, ids);
}

/**
 * The id of this visitor; undefined if no page has given one yet. Nobody else can guess it.
 * @param name the cookie's: by another name, a visitor has another id
 */
export function visitorOf(ctx: Context, name = "visitor"): string | undefined {
  const cookie = ctx.cookies.get(cookieName(ctx, name), { signed: true });
  return cookie === undefined ? undefined : idOf(ctx, name, cookie);
}

/** The id of this visitor, who is given one, by a cookie, if there is none. */
export function visitorFor(ctx: Context, name = "visitor"): string {
  return visitorOf(ctx, name) ?? idOf(ctx, name, given(ctx, name));
}

/**
 * What a visitor's open streams are counted by; undefined where they are no matter, since the browser has all of its streams on one
 * connection, by HTTP/2, or where a proxy does not say which it speaks. That is the cookie as it came, unread: whoever makes one up
 * could as well send none. A page without one is given it; a program is not, which keeps no cookies.
 */
export function countedVisitor(ctx: Context): string | undefined {
  if (httpMajorOf(ctx) !== 1) return undefined;
  const cookie = ctx.get("Cookie") === "" ? undefined : ctx.cookies.get(cookieName(ctx, "visitor"), { signed: false });
  // A copy: V8 keeps all of what a part of it was cut from, which is each of this site's cookies, for as long as the stream is open.
  if (cookie !== undefined) return Buffer.from(cookie.slice(0, MOST_COUNTED), "latin1").toString("latin1");
  return isPage(ctx) ? given(ctx, "visitor") : undefined;
}

/** Whether a page in a browser asks, which says where it is, or what kind of page. */
function isPage(ctx: Context): boolean {
  return ["Referer", "Sec-Fetch-Site", "Origin"].some((name) => ctx.get(name) !== "");
}

/** An id of one load of a page, which the server knows again as such. */
export function loadIdFor(ctx: Context): string {
  return idsOf.get(ctx.app)!.random();
}

/** The id for a cookie, from which the cookie cannot be found. */
function idOf(ctx: Context, name: string, cookie: string): string {
  if (cookie.length !== FORMER_LENGTH) return idsOf.get(ctx.app)!.of(`${name}=${cookie}`);
  // Who has been here before keeps what is theirs. What is hashed begins so that Koa never signs the same text.
  return (ctx.app.keys as Keygrip).sign(`the id of ${name}=${cookie}`).slice(0, FORMER_LENGTH);
}

/** The cookie that the present answer gives, whoever asks for it how often. */
function given(ctx: Context, name: string): string {
  ctx.state.givenVisitors ??= new Map();
  const cookies: Map<string, string> = ctx.state.givenVisitors;
  const before = cookies.get(name);
  if (before !== undefined) return before;
  const cookie = secretText(COOKIE_BYTES);
  setSigned(ctx, name, cookie, YEAR_MS);
  cookies.set(name, cookie);
  return cookie;
}

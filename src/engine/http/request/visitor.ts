import Keygrip from "keygrip";
import type Koa from "koa";
import type { Context } from "koa";
import type { OwnIds } from "../../access/own-ids.ts";
import { secretSegment, secretText } from "../../core/topic.ts";
import { httpMajorOf } from "./address.ts";
import { cookieName, setSigned } from "./signed-cookie.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const COOKIE_BYTES = 18;
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
  const given = givenTo(ctx);
  const known = visitorOf(ctx, name) ?? given.get(name);
  if (known !== undefined) return known;
  const cookie = secretText(COOKIE_BYTES);
  setSigned(ctx, name, cookie, YEAR_MS);
  const id = idOf(ctx, name, cookie);
  given.set(name, id);
  return id;
}

/**
 * The visitor whose open streams are counted, who is given a cookie if there is none; undefined where that is no matter, since the
 * browser has all of its streams on one connection, by HTTP/2, or where a proxy does not say which it speaks.
 */
export function countedVisitor(ctx: Context): string | undefined {
  return httpMajorOf(ctx) === 1 ? visitorFor(ctx) : undefined;
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

/** What the present answer sets, by cookie: a page may ask several times. */
function givenTo(ctx: Context): Map<string, string> {
  ctx.state.givenVisitors ??= new Map();
  return ctx.state.givenVisitors;
}

import Keygrip from "keygrip";
import type Koa from "koa";
import type { Context } from "koa";
import { secretSegment } from "../../core/topic.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** Of an id, as many characters as every other secret segment of a topic has. */
const ID_LENGTH = secretSegment().length;

/**
 * Gives an app the key of its visitors: Koa signs their cookies with it, and their ids are made of it. The cookie is known
 * to one browser and this server; the id is the name of a topic, and so stands in pages, addresses and logs.
 * @param secret as it is now: many nodes have one together, and take another where their log is replaced
 */
export function keyVisitors(app: Koa, secret: () => string): void {
  Object.defineProperty(app, "keys", { get: () => new Keygrip([secret()], "sha256") });
}

/**
 * The id of this visitor, if a page has given one. Nobody else can guess it, so that it also names what is theirs.
 * @param name the cookie's: by another name, a visitor has another id
 */
export function visitorOf(ctx: Context, name = "visitor"): string | undefined {
  const cookie = ctx.cookies.get(cookieName(ctx, name), { signed: true });
  return cookie === undefined ? undefined : idOf(ctx, name, cookie);
}

/** The id of this visitor, who gets one now if there is none: only pages that ask for it set a cookie. */
export function visitorFor(ctx: Context, name = "visitor"): string {
  const given = givenTo(ctx);
  const known = visitorOf(ctx, name) ?? given.get(name);
  if (known !== undefined) return known;
  const cookie = secretSegment();
  const attributes = { httpOnly: true, sameSite: "lax", path: "/", maxAge: YEAR_MS, signed: true } as const;
  ctx.cookies.set(cookieName(ctx, name), cookie, attributes);
  const id = idOf(ctx, name, cookie);
  given.set(name, id);
  return id;
}

/** By a name of this kind, browsers take a cookie from this very host over HTTPS, and from no other that could plant one. */
function cookieName(ctx: Context, name: string): string {
  return ctx.secure ? `__Host-${name}` : name;
}

/** Leads from a cookie to its id, and not back. Unlike what Koa signs, the text begins as no cookie's name can. */
function idOf(ctx: Context, name: string, cookie: string): string {
  const keys = ctx.app.keys as Keygrip;
  return keys.sign(`the id of ${name}=${cookie}`).slice(0, ID_LENGTH);
}

/** What this very answer sets, by cookie: a page may ask several times. */
const answers = new WeakMap<Context, Map<string, string>>();

function givenTo(ctx: Context): Map<string, string> {
  const given = answers.get(ctx) ?? new Map();
  answers.set(ctx, given);
  return given;
}

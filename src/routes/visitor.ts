import type { Context } from "koa";
import { isSecretSegment, secretSegment } from "../topic.ts";
import { isSecure } from "./address.ts";

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * The id of this visitor, if a page has given one. Nobody else can guess it, so that it also names what is theirs.
 * @param name the cookie's: by another name, a visitor has another id
 */
export function visitorOf(ctx: Context, name = "visitor"): string | undefined {
  const id = ctx.cookies.get(name);
  return id !== undefined && isSecretSegment(id) ? id : undefined;
}

/** The id of this visitor, who gets one now if there is none: only pages that ask for it set a cookie. */
export function visitorFor(ctx: Context, name = "visitor"): string {
  const given = givenTo(ctx);
  const known = visitorOf(ctx, name) ?? given.get(name);
  if (known !== undefined) return known;
  const id = secretSegment();
  // Koa knows of the connection that it sees itself, and would refuse to set a secure cookie behind a proxy.
  ctx.cookies.secure = isSecure(ctx);
  ctx.cookies.set(name, id, { httpOnly: true, sameSite: "lax", path: "/", maxAge: YEAR_MS });
  given.set(name, id);
  return id;
}

/** What this very answer sets, by cookie: a page may ask several times. */
const answers = new WeakMap<Context, Map<string, string>>();

function givenTo(ctx: Context): Map<string, string> {
  const given = answers.get(ctx) ?? new Map();
  answers.set(ctx, given);
  return given;
}

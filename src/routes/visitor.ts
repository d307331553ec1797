import type { Context } from "koa";
import { isSecretSegment, secretSegment } from "../topic.ts";

const COOKIE = "visitor";
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** The id of this visitor, if a page has given one. Nobody else can guess it, so that it also names what is theirs. */
export function visitorOf(ctx: Context): string | undefined {
  const id = ctx.cookies.get(COOKIE);
  return id !== undefined && isSecretSegment(id) ? id : undefined;
}

/** The id of this visitor, who gets one now if there is none: only pages that ask for it set a cookie. */
export function visitorFor(ctx: Context): string {
  const known = visitorOf(ctx) ?? given.get(ctx);
  if (known !== undefined) return known;
  const id = secretSegment();
  ctx.cookies.set(COOKIE, id, { httpOnly: true, sameSite: "lax", secure: ctx.secure, path: "/", maxAge: YEAR_MS });
  given.set(ctx, id);
  return id;
}

/** What this very answer sets: a page may ask several times. */
const given = new WeakMap<Context, string>();

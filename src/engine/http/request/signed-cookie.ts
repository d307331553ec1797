import type Keygrip from "keygrip";
import type { Context } from "koa";
import type { GivenCookie } from "../../access/given-cookie.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Over HTTPS with the prefix `__Host-`, so that no other host can set it. */
export function cookieName(ctx: Context, name: string): string {
  return ctx.secure ? `__Host-${name}` : name;
}

/**
 * What such a cookie holds; undefined if there is none, or if it is not ours or too old. It is read without an answer at hand, as it is
 * on an open stream, so that Koa's own reading, which takes a forged one away, will not do.
 */
export function signedCookie(ctx: Context, name: string): string | undefined {
  const named = cookieName(ctx, name);
  const read = (name: string) => ctx.cookies.get(name, { signed: false });
  const value = read(named);
  const signature = read(`${named}.sig`);
  if (value === undefined || signature === undefined) return undefined;
  if (!(ctx.app.keys as Keygrip).verify(`${named}=${value}`, signature)) return undefined;
  // A visitor's own cookie, which is signed by the same key, has no time in it.
  const [, until, text] = /^(\d+)\.([\w-]*)$/.exec(value) ?? [];
  if (text === undefined || Number(until) <= Date.now()) return undefined;
  return Buffer.from(text, "base64url").toString();
}

/** Gives the browser a cookie, or takes one back. When it ends stands in it, too: a copy of it ends with it. */
export function giveCookie(ctx: Context, { name, value, days, sameSite }: GivenCookie): void {
  const maxAge = days * DAY_MS;
  const text = value === undefined ? null : `${Date.now() + maxAge}.${Buffer.from(value).toString("base64url")}`;
  setSigned(ctx, name, text, maxAge, sameSite);
}

/** Sets a cookie that no script reads, with a signature beside it. @param text null takes it away */
export function setSigned(
  ctx: Context,
  name: string,
  text: string | null,
  maxAge: number,
  sameSite: "strict" | "lax" = "lax",
): void {
  ctx.cookies.set(cookieName(ctx, name), text, { httpOnly: true, sameSite, path: "/", maxAge, signed: true });
}

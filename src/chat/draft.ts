import type Router from "@koa/router";
import type { Context } from "koa";
import { readForm } from "../engine/http/routes/forms.ts";

const COOKIE = "draft";
/** Browsers refuse a cookie of over 4 KiB; what is longer is not kept. */
const MOST_COOKIE = 3_800;
const MOST_BODY = 256 * 1024;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * What is typed into the form at a path, and not sent yet, is there again after a reload. It is kept in the visitor's own
 * browser: the server that is told of it gives it back as a cookie, and keeps nothing.
 */
export function draftRoute(router: Router, path: string): void {
  router.post(`${path}/draft`, async (ctx) => {
    const text = (await readForm(ctx, MOST_BODY)).get("text") ?? "";
    const value = Buffer.from(text).toString("base64url");
    if (text === "" || value.length > MOST_COOKIE) forgetDraft(ctx, path);
    else ctx.cookies.set(COOKIE, value, { ...ofForm(path), maxAge: WEEK_MS });
    ctx.status = 204;
  });
}

/** What was typed into a form of this visitor's and not sent. */
export function draftOf(ctx: Context): { text: string } | undefined {
  const value = ctx.cookies.get(COOKIE, { signed: false });
  return value === undefined ? undefined : { text: Buffer.from(value, "base64url").toString() };
}

/** What was sent is no draft any more. */
export function forgetDraft(ctx: Context, path: string): void {
  if (draftOf(ctx) !== undefined) ctx.cookies.set(COOKIE, null, ofForm(path));
}

/** Sent to that page alone. It says nothing that a visitor could not type, so that it needs no signature. */
const ofForm = (path: string) => ({ path, httpOnly: true, sameSite: "lax", signed: false }) as const;

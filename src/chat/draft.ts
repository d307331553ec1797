import type Router from "@koa/router";
import type { Context } from "koa";
import { parseCursor } from "../engine/core/cursor.ts";
import { readForm } from "../engine/http/request/form.ts";
import { whole } from "./actions.ts";
import { nameIn } from "./conversation-list.ts";

/** Where the page tells what is typed. */
export const DRAFT_PATH = "/chat/draft";

const COOKIE = "draft";
/** Browsers refuse a cookie of over 4 KiB; what is longer is not kept. */
const MAX_VALUE_BYTES = 3_800;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** Sent to that page alone. It says nothing that a visitor could not type, so that it needs no signature. */
const ATTRIBUTES = { path: "/chat", httpOnly: true, sameSite: "lax", signed: false } as const;

/**
 * What is typed, and not sent yet, is there again after a reload. It is kept in the visitor's own browser: the server that is
 * told of it gives it back as a cookie, with where the log was then, and keeps nothing.
 */
export function draftRoute(router: Router, cursor: () => string): void {
  router.post(DRAFT_PATH, async (ctx) => {
    const text = whole((await readForm(ctx)).getAll("text"));
    const value = Buffer.from(text).toString("base64url");
    if (text !== "" && value.length <= MAX_VALUE_BYTES) {
      ctx.cookies.set(COOKIE, `${cursor()}.${nameIn(ctx.query.conversation)}.${value}`, {
        ...ATTRIBUTES,
        maxAge: WEEK_MS,
      });
    } else if (ctx.cookies.get(COOKIE, { signed: false }) !== undefined) ctx.cookies.set(COOKIE, null, ATTRIBUTES);
    ctx.status = 204;
  });
}

/**
 * What this visitor had typed into a conversation and not sent; "" if nothing. A message that came later was made of it.
 * @param lastMessage where in the log the last message of that conversation came
 */
export function draftOf(ctx: Context, name: string, lastMessage: number): string {
  const [, cursor = "", into, value = ""] =
    /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(ctx.cookies.get(COOKIE, { signed: false }) ?? "") ?? [];
  const kept = parseCursor(cursor);
  if (kept === undefined || into !== name || lastMessage > kept.seq) return "";
  return Buffer.from(value, "base64url").toString();
}

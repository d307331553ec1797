import type Router from "@koa/router";
import type { Context } from "koa";
import { Allowance } from "../allowance.ts";
import type { Chat } from "../chat/chat.ts";
import { Problem } from "../problem.ts";
import { parseTopic } from "../topic.ts";
import type { Views } from "../views.ts";
import { answerUnread, isUnread } from "./body.ts";
import { isEnhanced, readForm, seeOther } from "./form.ts";
import { html } from "./pages.ts";
import { visitorOf } from "./visitor.ts";

const MOST_TEXT = 8 * 1024;
/** How many answers one address may have under way: each may cost the operator money, and a cookie costs nobody anything. */
const MOST_ANSWERS = 32;
/** What is too long is still read, so that it comes back with the reason. */
const MOST_BODY = 256 * 1024;

/**
 * A visitor's conversation. The answers say nothing of it: what is said comes over the page's stream, to every tab alike. Which
 * conversation it is, the cookie says, and never the request's body.
 */
export function chatRoutes(router: Router, views: () => Views, chat: Chat): void {
  const allowance = new Allowance({
    most: MOST_ANSWERS,
    called: "answers under way",
    running: (topic) => chat.isAnswering(topic),
  });
  const admit = (ctx: Context, id: string) => allowance.admit(ctx.ip, parseTopic(`chat/${id}`));

  const button = (path: string, press: (id: string, ctx: Context) => Promise<void>) =>
    router.post(path, async (ctx) => {
      await press(idOf(ctx), ctx);
      if (isEnhanced(ctx)) ctx.status = 204;
      else seeOther(ctx, "/chat");
    });

  router.post("/chat", async (ctx) => {
    let text = "";
    try {
      const id = idOf(ctx);
      text = ((await readForm(ctx, MOST_BODY)).get("text") ?? "").replaceAll("\r\n", "\n");
      const message = checked(text);
      admit(ctx, id);
      await chat.send(id, message);
    } catch (error) {
      if (!isEnhanced(ctx) || !(error instanceof Problem) || error.status >= 500) throw error;
      refuse(ctx, views().snippet("chat-box", { text, error: error.message }), error);
      return;
    }
    if (isEnhanced(ctx)) html(ctx, views().snippet("chat-box"));
    else seeOther(ctx, "/chat");
  });

  button("/chat/stop", (id) => chat.halt(id));
  button("/chat/retry", async (id, ctx) => {
    admit(ctx, id);
    await chat.retry(id);
  });
  button("/chat/new", (id) => chat.clear(id));
}

/** @throws Problem 422 `visitor_unknown` */
function idOf(ctx: Context): string {
  const id = visitorOf(ctx, "chat");
  if (id !== undefined) return id;
  const title =
    "Your browser did not send this page’s cookie, which tells your conversation from others’. Load the page again.";
  throw new Problem(422, "visitor_unknown", title);
}

/** @throws Problem 422 `text_missing`, 413 `text_too_long` */
function checked(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = text.replace(/[\0-\x08\x0B-\x1F\x7F]/g, "").replace(/\p{Cs}/gu, "\uFFFD");
  if (plain.trim() === "") throw new Problem(422, "text_missing", "Write something first.");
  if (Buffer.byteLength(plain) > MOST_TEXT) {
    throw new Problem(413, "text_too_long", `Write at most ${MOST_TEXT / 1024} KiB: this is longer.`);
  }
  return plain;
}

/** The form again, with what was typed and why it was refused. */
function refuse(ctx: Context, form: string, { status }: Problem): void {
  html(ctx, form);
  ctx.status = status;
  if (isUnread(ctx)) answerUnread(ctx, Buffer.from(form));
}

import type Router from "@koa/router";
import type { Context } from "koa";
import { fill } from "../engine/core/partial.ts";
import { Problem } from "../engine/core/problem.ts";
import { parseTopic } from "../engine/core/topic.ts";
import { Allowance } from "../engine/http/request/allowance.ts";
import { lines } from "../engine/http/request/fields.ts";
import { visitorOf } from "../engine/http/request/visitor.ts";
import type { Forms } from "../engine/http/routes/forms.ts";
import type { Views } from "../engine/views/views.ts";
import type { Chat } from "./chat.ts";
import { draftRoute, forgetDraft } from "./draft.ts";

const MOST_TEXT = 8 * 1024;
/** How many answers one address may have under way: each may cost the operator money, and a cookie costs nobody anything. */
const MOST_ANSWERS = 32;
/** What is too long is still read, so that it comes back with the reason where there is no htmx. */
const MOST_BODY = 256 * 1024;

/**
 * A visitor's conversation. The answers say nothing of it: what is said comes over the page's stream, to every tab alike. Which
 * conversation it is, the cookie says, and never the request's body.
 */
export function chatForms(router: Router, forms: Forms, views: () => Views, chat: Chat): void {
  const allowance = new Allowance({
    most: MOST_ANSWERS,
    called: "answers under way",
    running: (topic) => chat.isAnswering(topic),
  });
  const admit = (ctx: Context, id: string) => allowance.admit(ctx.ip, parseTopic(`chat/${id}`));

  const button = (path: string, press: (id: string, ctx: Context) => Promise<void>) =>
    forms.take(path, {
      page: "chat",
      act: async (_, ctx) => {
        await press(idOf(ctx), ctx);
        return {};
      },
    });

  forms.take("/chat", {
    page: "chat",
    most: MOST_BODY,
    act: async (fields, ctx) => {
      const id = idOf(ctx);
      fields.set("text", plain(fields.get("text") ?? ""));
      const message = lines(fields, "text", MOST_TEXT);
      admit(ctx, id);
      await chat.send(id, message);
      forgetDraft(ctx, "/chat");
      return { changes: fill("_chat-box", views().snippet("chat-box", {})) };
    },
  });
  draftRoute(router, "/chat");
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

/** Without control characters, and half characters. */
function plain(text: string): string {
  const lines = text.replaceAll("\r\n", "\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return lines.replace(/[\0-\x08\x0B-\x1F\x7F]/g, "").replace(/\p{Cs}/gu, "\uFFFD");
}

import { z } from "zod";
import { type Action, type ActionContext, action } from "../engine/actions/action.ts";
import { parseTopic } from "../engine/core/topic.ts";
import { Allowance } from "../engine/http/request/allowance.ts";
import type { Chat } from "./chat.ts";

const MAX_TEXT_BYTES = 8 * 1024;
/** How many answers one address may have under way: each may cost the operator money, and a cookie costs nobody anything. */
const MAX_ANSWERS = 32;

const EMPTY = "Write something first.";
/** What was typed in one line, and in several: a message has either, or both. */
const message = z
  .union([z.string(), z.array(z.string())], EMPTY)
  .transform((typed) => plain(whole([typed].flat())))
  .refine((text) => text.trim() !== "", EMPTY)
  .refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, "Write at most 8 KiB: this is longer.");

export const CHAT_ACTIONS = ["chat/send", "chat/stop", "chat/retry", "chat/new"] as const;

/**
 * What a visitor does in a conversation. The answers say nothing of it: what is said comes over the page's stream, to every tab
 * alike. Which conversation it is, the cookie says, and never what the form sends.
 */
export function chatActions(chat: Chat): Record<(typeof CHAT_ACTIONS)[number], Action> {
  const allowance = new Allowance({
    most: MAX_ANSWERS,
    called: "answers under way",
    running: (topic) => chat.isAnswering(topic),
  });
  const idOf = ({ visitor }: Who) => visitor("chat");
  const admitted = (who: Who) => {
    const id = idOf(who);
    allowance.admit(who.address, parseTopic(`chat/${id}`));
    return id;
  };
  return {
    "chat/send": action({
      fields: z.object({ text: message }),
      run: ({ fields, ...who }) => chat.send(admitted(who), fields.text),
    }),
    "chat/stop": action((who) => chat.halt(idOf(who))),
    "chat/retry": action((who) => chat.retry(admitted(who))),
    "chat/new": action((who) => chat.clear(idOf(who))),
  };
}

type Who = Pick<ActionContext, "visitor" | "address">;

/** What was typed in several fields, as one text. */
export const whole = (fields: readonly string[]): string => fields.filter((text) => text !== "").join("\n");

/** Without control characters, and half characters. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\0-\x08\x0B-\x1F\x7F]/g, "").replace(/\p{Cs}/gu, "\uFFFD");
}

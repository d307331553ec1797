import { z } from "zod";
import { type Action, type ActionContext, action } from "../engine/actions/action.ts";
import { parseTopic } from "../engine/core/topic.ts";
import { Allowance } from "../engine/http/request/allowance.ts";
import type { Report } from "../engine/ops/logger.ts";
import type { Words } from "../engine/words/words.ts";
import { isBusy } from "./answers.ts";
import type { Chat } from "./chat.ts";
import { type ConversationList, idOf, nameIn } from "./conversation-list.ts";

const MAX_TEXT_BYTES = 8 * 1024;
/** How many answers one address may have under way: each may cost the operator money, and a cookie costs nobody anything. */
const MAX_ANSWERS = 32;

/** `chat/new` is what pages of 0.2.0 call `chat/delete`: an upgrade of the server alone leaves them as they are. */
export const CHAT_ACTIONS = ["chat/send", "chat/stop", "chat/retry", "chat/delete", "chat/new"] as const;

/**
 * What a visitor does in a conversation. The answers say nothing of it: what is said comes over the page's stream, to every tab
 * alike. Whose conversation it is, the cookie says, and never what the form sends; which of theirs, the address of the page.
 */
export function chatActions(
  chat: Chat,
  list: ConversationList,
  { words, report }: { words: () => Words; report: Report },
): Record<(typeof CHAT_ACTIONS)[number], Action> {
  const error = (word: string) => ({ error: () => words().of(word) });
  // What was typed in one line, and in several: a message has either, or both.
  const message = z
    .union([z.string(), z.array(z.string())], error("chat_empty"))
    .transform((typed) => plain(whole([typed].flat())))
    .refine((text) => text.trim() !== "", error("chat_empty"))
    .refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, error("chat_over"));
  const allowance = new Allowance({
    most: MAX_ANSWERS,
    called: "answers under way",
    running: (topic) => chat.isAnswering(topic),
  });
  const admitted = (who: Who) => {
    const present = presentOf(who);
    allowance.admit(who.address, parseTopic(`chat/${present.id}`));
    return present;
  };
  // It is listed first, so that none is begun that its visitor does not find.
  const send = async ({ visitor, name, id }: Present, text: string, how: Parameters<Chat["send"]>[2]) => {
    const isListed = (await list.of(visitor)).some((listed) => listed.name === name);
    await list.note(visitor, name, text);
    try {
      await chat.send(id, text, how);
    } catch (error) {
      // Where it is answered already, someone else has just begun it.
      if (!isListed && !isBusy(error)) await list.forget(visitor, name);
      throw error;
    }
    // What was sent is sent, whatever becomes of the oldest ones.
    await makeRoom(visitor).catch((error) => report("A conversation of too many could not be taken away.", error));
  };
  const makeRoom = async (visitor: string) => {
    for (const { name } of await list.trim(visitor)) await chat.clear(idOf(visitor, name));
  };
  const remove = action(async (who) => {
    const { visitor, name, id } = presentOf(who);
    await chat.clear(id);
    await list.forget(visitor, name);
    return who.page.go("/chat");
  });
  return {
    "chat/send": action({
      fields: z.object({
        text: message,
        edited: z.coerce.number().int().optional(),
        model: z.enum(chat.models, error("chat_no_model")).optional(),
      }),
      run: async ({ fields: { text, edited, model }, ...who }) => {
        const present = admitted(who);
        await send(present, text, { edited, model });
        // The page had the message in the place of what is typed.
        return edited === undefined ? undefined : who.page.go(`/chat?conversation=${present.name}`);
      },
    }),
    "chat/stop": action((who) => chat.halt(presentOf(who).id)),
    "chat/retry": action((who) => chat.retry(admitted(who).id)),
    "chat/delete": remove,
    "chat/new": remove,
  };
}

type Who = Pick<ActionContext, "visitor" | "address" | "page">;

/** The conversation that a page shows. */
interface Present {
  readonly visitor: string;
  /** Among those of its visitor. */
  readonly name: string;
  /** Among all. */
  readonly id: string;
}

function presentOf({ visitor, page }: Who): Present {
  const [own, name] = [visitor("chat"), nameIn(page.query.conversation)];
  return { visitor: own, name, id: idOf(own, name) };
}

/** What was typed in several fields, as one text. */
export const whole = (fields: readonly string[]): string => fields.filter((text) => text !== "").join("\n");

/** Without control characters, and half characters. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\0-\x08\x0B-\x1F\x7F]/g, "").replace(/\p{Cs}/gu, "\uFFFD");
}

import type { Context } from "koa";
import { Problem } from "../engine/core/problem.ts";
import type { Feature } from "../engine/feature.ts";
import { visitorOf } from "../engine/http/request/visitor.ts";
import { toldWhileTyped } from "../engine/views/forms/forms.ts";
import type { Query } from "../engine/views/page/page-parts.ts";
import { CHAT_ACTIONS, chatActions } from "./actions.ts";
import { Backend } from "./backend.ts";
import { Chat, type ChatParts } from "./chat.ts";
import { ConversationList, hasBegun, idOf, type Keep, MAIN, nameIn, newName } from "./conversation-list.ts";
import { DRAFT_PATH, draftOf, draftRoute } from "./draft.ts";
import type { ChatSettings } from "./settings.ts";
import { CHAT_WORDINGS } from "./words.ts";

/** A page has so much of a conversation as text. */
const MAX_TEXT_CHARACTERS = 512 * 1024;

/** What of the chat the engine does not have. Without `models` nobody answers, and its page says so. */
export interface ChatOptions extends Pick<ChatParts, "models" | "leaveMs" | "roundMs"> {
  readonly keep: Keep;
  /** Whether the model is a mock, whose visitors are told what it understands. */
  readonly isMock?: boolean;
}

/**
 * Conversations with a model, one for each visitor, on the page `chat`.
 * @param options undefined switches it off
 */
export function chat(options: ChatOptions | undefined): Feature {
  const names = {
    name: "chat",
    pages: ["chat", "chat/text"],
    actions: CHAT_ACTIONS,
    widgets: ["chat", "chat-list", "chat-turn"],
    words: CHAT_WORDINGS,
  };
  if (options === undefined) return { ...names, create: undefined };
  const { isMock, ...parts } = options;
  const answeredBy = parts.models.size === 0 ? "nobody" : isMock ? "mock" : "model";
  return {
    ...names,
    create: ({ broker, leases, words, report }) => {
      const chat = new Chat({ ...parts, broker, leases, words, report, bounds: parts.keep });
      const list = new ConversationList(broker, parts.keep);
      const pageData = async (ctx: Context, query: Query) => {
        const visitor = visitorOf(ctx, "chat");
        const shown = await shownTo(visitor, query, { chat, list }).catch((error) => {
          if (!isAway(error)) throw error;
          return unread(query);
        });
        const draft = draftOf(ctx, shown.name, shown.lastMessage);
        const kept = toldWhileTyped(`${DRAFT_PATH}?conversation=${shown.name}`);
        // Whoever had typed, or has just sent something, goes on writing.
        const writing = draft !== "" || shown.edited !== undefined || ctx.method === "POST";
        const { name: conversation, edited, model } = shown;
        // Of one there is nothing to choose.
        const models = chat.models.length > 1 ? chat.models : [];
        return { answeredBy, conversation, edited, another: newName(), draft, writing, kept, models, model };
      };
      const textData = async (ctx: Context, query: Query) => {
        const visitor = visitorOf(ctx, "chat");
        const name = nameIn(query.conversation);
        const turns =
          visitor === undefined ? [] : (await chat.transcript(idOf(visitor, name))).asText(MAX_TEXT_CHARACTERS);
        return { conversation: name, turns };
      };
      return {
        pages: { chat: pageData, "chat/text": textData },
        actions: chatActions(chat, list, { words, report }),
        routes: (router) => draftRoute(router, () => broker.cursor()),
        start: () => chat.start(),
        stop: () => chat.stop(),
      };
    },
  };
}

/**
 * The conversation that a page shows: the one that its address names; else the one in which its visitor wrote last.
 * @throws Problem 503 while the log is away
 */
async function shownTo(
  visitor: string | undefined,
  query: Query,
  { chat, list }: { chat: Chat; list: ConversationList },
): Promise<Shown> {
  if (visitor === undefined) return unread(query);
  const { conversation: asked, edit } = query;
  await list.forgetOld(visitor);
  const listed = await list.of(visitor);
  const name = asked === undefined ? (listed[0]?.name ?? MAIN) : nameIn(asked);
  const transcript = await chat.transcript(idOf(visitor, name));
  const { lastMessage, model } = transcript;
  // One that made room for others is found to be empty.
  const present = listed.find((one) => one.name === name);
  if (present !== undefined && lastMessage === 0 && hasBegun(present)) await list.forget(visitor, name);
  const text = transcript.message(Number(edit));
  return { name, lastMessage, model, edited: text === undefined ? undefined : { turn: Number(edit), text } };
}

interface Shown {
  readonly name: string;
  /** Where in the log its last message came. */
  readonly lastMessage: number;
  /** The model that was chosen last. */
  readonly model: string | undefined;
  /** The message that is to be written anew. */
  readonly edited: { readonly turn: number; readonly text: string } | undefined;
}

/** A conversation of which nothing is known but its name. */
const unread = ({ conversation }: Query): Shown => ({
  name: nameIn(conversation),
  lastMessage: 0,
  model: undefined,
  edited: undefined,
});

/** While the log is away a page shows what is in memory, and nothing that was typed is to be lost. */
const isAway = (error: unknown) => error instanceof Problem && error.status === 503;

/** The models that the settings name. @param mock what answers where they name none: a `fetch` without a network */
export function modelsOf({ backend, limits, keep }: ChatSettings, mock: typeof fetch | undefined): ChatOptions {
  if (backend !== undefined) {
    const { models, ...service } = backend;
    return { models: new Map(models.map((model) => [model, new Backend({ ...service, model, limits })])), keep };
  }
  if (mock === undefined) return { models: new Map(), keep };
  const inProcess = { url: "http://mock.invalid/v1", key: "mock", model: "brooklet-mock", fetch: mock };
  return { models: new Map([[inProcess.model, new Backend({ ...inProcess, limits })]]), isMock: true, keep };
}

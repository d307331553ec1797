import type { Feature } from "../engine/feature.ts";
import { toldWhileTyped } from "../engine/views/forms.ts";
import { CHAT_ACTIONS, chatActions } from "./actions.ts";
import { Backend } from "./backend.ts";
import { Chat, type ChatParts } from "./chat.ts";
import { DRAFT_PATH, draftOf, draftRoute } from "./draft.ts";
import type { ChatSettings } from "./settings.ts";

/** What of the chat the engine does not have. Without a `model` nobody answers, and its page says so. */
export interface ChatOptions extends Pick<ChatParts, "model" | "leaveMs" | "roundMs"> {
  /** Whether the model is a mock, whose visitors are told what it understands. */
  readonly isMock?: boolean;
}

/**
 * Conversations with a model, one for each visitor, on the page `chat`.
 * @param options undefined switches it off
 */
export function chat(options: ChatOptions | undefined): Feature {
  const names = { name: "chat", pages: ["chat"], actions: CHAT_ACTIONS, widgets: ["chat", "chat-turn"] };
  if (options === undefined) return { ...names, create: undefined };
  const { isMock, ...parts } = options;
  const answeredBy = parts.model === undefined ? "nobody" : isMock ? "mock" : "model";
  return {
    ...names,
    create: ({ broker, leases, report }) => {
      const chat = new Chat({ ...parts, broker, leases, report });
      return {
        pages: {
          chat: async (ctx) => {
            const draft = await draftOf(ctx, (id) => chat.lastMessage(id));
            // Whoever had typed, or has just sent something, goes on writing.
            const writing = draft !== "" || ctx.method === "POST";
            return { answeredBy, draft, writing, kept: toldWhileTyped(DRAFT_PATH) };
          },
        },
        actions: chatActions(chat),
        routes: (router) => draftRoute(router, () => broker.cursor()),
        start: () => chat.start(),
        stop: () => chat.stop(),
      };
    },
  };
}

/** The model that the settings name. @param mock what answers where they name none: a `fetch` without a network */
export function modelOf({ backend, limits }: ChatSettings, mock: typeof fetch | undefined): ChatOptions {
  if (backend !== undefined) return { model: new Backend({ ...backend, limits }) };
  if (mock === undefined) return { model: undefined };
  const inProcess = { url: "http://mock.invalid/v1", key: "mock", model: "brooklet-mock", fetch: mock };
  return { model: new Backend({ ...inProcess, limits }), isMock: true };
}

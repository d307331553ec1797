import { Problem } from "../engine/core/problem.ts";
import type { Topic } from "../engine/core/topic.ts";
import type { Bounds } from "../engine/log/record.ts";
import { Answers, type AnswersParts } from "./answers.ts";
import { Conversation, type ConversationChange, untilFirst } from "./conversation.ts";
import { Supervisor } from "./supervisor.ts";
import { messageName, type Transcript } from "./transcript.ts";
import { isUnderWay, type Turn } from "./turn.ts";

export interface ChatParts extends AnswersParts {
  /** Milliseconds after which an answer is stopped that has no reader, nor had one 5 s before; 25,000 by default. */
  readonly leaveMs?: number | undefined;
  /** Milliseconds between two looks at the answers under way; 2,000 by default. */
  readonly roundMs?: number | undefined;
  /** How long a conversation is kept, and of how many. */
  readonly bounds: Bounds;
}

/** What a visitor can do in a conversation, which is named by its id. */
export class Chat {
  /** The names of the models that visitors may choose, the usual one first. */
  readonly models: readonly string[];
  readonly #conversation: (id: string) => Conversation;
  readonly #answers: Answers;
  readonly #supervisor: Supervisor;

  constructor(parts: ChatParts) {
    this.models = [...parts.models.keys()];
    this.#conversation = (id) => new Conversation(parts.broker, id, parts.bounds);
    this.#answers = new Answers(parts);
    this.#supervisor = new Supervisor({ ...parts, here: this.#answers, conversation: this.#conversation });
  }

  start(): void {
    this.#supervisor.start();
  }

  /** Stops what is under way on this node, marked as interrupted. */
  async stop(): Promise<void> {
    await this.#answers.stop();
    await this.#supervisor.stop();
  }

  /** Whether this node is answering in a conversation. */
  isAnswering(topic: Topic): boolean {
    return [...this.#answers].some(({ conversation }) => conversation.topic === topic);
  }

  /** What was said in a conversation so far. */
  transcript(id: string): Promise<Transcript> {
    return this.#conversation(id).transcript();
  }

  /**
   * Publishes a visitor's message, and begins to answer it.
   * @param edited the turn whose message it replaces, with all that came after it; if there is none, it is the next one
   * @param model the name of the one that is asked, which the conversation keeps; by default the one that was asked last
   * @throws Problem 409 `chat_busy`
   */
  send(
    id: string,
    text: string,
    { edited, model: chosen }: { edited?: number | undefined; model?: string | undefined } = {},
  ): Promise<void> {
    const conversation = this.#conversation(id);
    return this.#answers.begin(conversation, (transcript) => {
      const isEdited = edited !== undefined && transcript.message(edited) !== undefined;
      const turn = isEdited ? edited : transcript.turn + 1;
      const { topic } = conversation;
      const model = this.models.find((name) => name === (chosen ?? transcript.model));
      const you = { you: text, ...(model !== undefined && { model }) };
      const gone = transcript.after(turn).map((item) => ({ op: "remove", topic, item }) as const);
      return {
        turn,
        changes: [...gone, { topic, item: messageName(turn), data: you }],
        model,
        said: [...transcript.before(turn).said(turn), { role: "user", content: text }],
      };
    });
  }

  /** Answers the last message once more; the answer that there is goes. @throws Problem 409 `chat_busy`, 422 `chat_empty` */
  retry(id: string): Promise<void> {
    const conversation = this.#conversation(id);
    return this.#answers.begin(conversation, (transcript) => {
      const { turn } = transcript;
      if (transcript.message(turn) === undefined)
        throw new Problem(422, "chat_empty", "There is nothing to answer. Write something first.");
      const { topic } = conversation;
      const changes = transcript.answer(turn).map((item) => ({ op: "remove", topic, item }) as const);
      return { turn, model: transcript.model, changes, said: transcript.said(turn) };
    });
  }

  /** Stops the answer that is under way, on whatever node; has no effect if none is. */
  halt(id: string): Promise<void> {
    return this.#press(id, (turn, { turnTopic }) =>
      turn.state === "answering" ? [{ topic: turnTopic, data: { ...turn, state: "stopping" } }] : [],
    );
  }

  /** Empties the conversation, once its answer has stopped. */
  clear(id: string): Promise<void> {
    return this.#press(id, (turn, conversation) =>
      isUnderWay(turn)
        ? [{ topic: conversation.turnTopic, data: { ...turn, state: "stopping", clear: true } }]
        : conversation.emptied(),
    );
  }

  async #press(id: string, changes: (turn: Turn, conversation: Conversation) => ConversationChange[]): Promise<void> {
    const conversation = this.#conversation(id);
    await untilFirst(async () => {
      const { turn, version } = await conversation.turn();
      const wanted = changes(turn, conversation);
      if (wanted.length > 0) await conversation.change(version, wanted);
    });
  }
}

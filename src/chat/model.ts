import { CHAT_ENGLISH } from "./words.ts";

/** One message of a conversation, as the model is given it. */
export interface Said {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** A piece of what a model sends: of its answer (`text`), or of what it thinks before (`thinking`). */
export interface HeardText {
  readonly kind: "text" | "thinking";
  readonly text: string;
}

/** A tool that it asks for, and with what, which is JSON as a rule. There is none here: it is shown, and the answer is over. */
export interface ToolCall {
  readonly kind: "call";
  readonly name: string;
  readonly input: string;
}

export type Heard = HeardText | ToolCall;

export interface Model {
  /**
   * The answer, piece by piece. To stop iterating, or to abort the signal, stops the model.
   * @throws Failure
   */
  answer(said: readonly Said[], signal: AbortSignal): AsyncIterable<Heard>;
}

/** An answer failed. The message is the word in English; the `cause`, if there is one, is for the operator. */
export class Failure extends Error {
  /** By which its visitor is told. */
  readonly word: string;
  /** That of the service's answer, which is in the word. */
  readonly status: number | undefined;

  constructor(word: string, { status, cause }: { status?: number; cause?: string } = {}) {
    super(CHAT_ENGLISH.of(word, { status: status ?? "" }), { cause });
    this.name = "Failure";
    this.word = word;
    this.status = status;
  }
}

/** One turn of a conversation, as the model is told of it. */
export interface Said {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** A piece of an answer: of what the model says, or of what it thinks before. */
export interface Heard {
  readonly kind: "text" | "thinking";
  readonly text: string;
}

export interface Model {
  /**
   * The answer, in whatever pieces it comes. Whoever stops listening, or aborts, stops the model.
   * @throws Failure
   */
  answer(said: readonly Said[], signal: AbortSignal): AsyncIterable<Heard>;
}

/** Why there is no answer, or no end of it. The message is a sentence for visitors; what really happened is the `cause`. */
export class Failure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "Failure";
  }
}

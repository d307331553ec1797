import type { Json } from "../engine/core/json.ts";
import type { Words } from "../engine/words/words.ts";

/**
 * The state of a conversation's present turn, which its form shows. A type, since TypeScript does not take an interface for
 * JSON.
 */
export type Turn = {
  state: "idle" | "answering" | "stopping" | "failed";
  /** The random name of the run that is under way. */
  run?: string;
  /** Whether the conversation is to be emptied once the run has stopped. */
  clear?: boolean;
  /** The answer in plain words, or why there is none, for screen readers. */
  said?: string;
};

export const IDLE: Turn = { state: "idle" };

/** Reads a turn. Programs may publish anything to the topic: what is no turn counts as idle. */
export function turnOf(value: Json | undefined): Turn {
  const { state, run, clear } = (value ?? {}) as Record<string, unknown>;
  if (state !== "answering" && state !== "stopping") return IDLE;
  return { state, run: String(run), clear: clear === true };
}

export function isUnderWay({ state }: Turn): boolean {
  return state === "answering" || state === "stopping";
}

/** How a run ended. */
export interface Ending {
  readonly state: "idle" | "failed";
  /** By which it is said below the answer; undefined where nothing is. */
  readonly word?: string;
  /** That of a service's answer, which is in the word. */
  readonly status?: number | undefined;
}

/** What is said of an ending. */
export function noteIn(words: Words, { word, status }: Ending): string | undefined {
  return word && words.of(word, { status: status ?? "" });
}

export const DONE: Ending = { state: "idle" };
export const STOPPED: Ending = { state: "idle", word: "chat_stopped" };
export const LEFT: Ending = { state: "failed", word: "chat_left" };
export const INTERRUPTED: Ending = { state: "failed", word: "chat_interrupted" };
/** This node has lost the lease: another one has it, or will say that the answer was interrupted. */
export const LOST: Ending = { state: "failed", word: "chat_lost" };

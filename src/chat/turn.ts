import type { Json } from "../engine/core/json.ts";

/** How the present turn of a conversation stands: what its form shows. A type and no interface, since only that is JSON. */
export type Turn = {
  state: "idle" | "answering" | "stopping" | "failed";
  /** Names the run of an answer that is under way. */
  run?: string;
  /** Once it has stopped, the conversation is emptied. */
  clear?: boolean;
  /** The answer in plain words, or why there is none: for those who do not see it. */
  said?: string;
};

export const IDLE: Turn = { state: "idle" };

/** Anyone may publish to the topic: what is no turn is none. */
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
  /** What is said below the answer. */
  readonly note?: string;
}

export const DONE: Ending = { state: "idle" };
export const STOPPED: Ending = { state: "idle", note: "Stopped." };
export const LEFT: Ending = { state: "failed", note: "Stopped, since nobody was there to read on." };
export const INTERRUPTED = {
  state: "failed",
  note: "Interrupted: the server went away in the middle of it.",
} satisfies Ending;
/** Another node has it, or will clean up after it. */
export const LOST: Ending = { state: "failed", note: "Interrupted." };

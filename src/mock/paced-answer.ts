import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Turns } from "../engine/core/turns.ts";
import type { Pace } from "./pace.ts";
import type { Random } from "./random.ts";
import type { Tool } from "./tools.ts";

/** What is said to a question, before it is known how quickly. */
export interface MockAnswer {
  /** Of the text, or of what the tool is called with. May have no end. */
  readonly tokens: Iterable<string>;
  /** The tool that it calls. */
  readonly tool?: Tool;
  readonly pace?: Partial<Pace>;
  /** How it breaks off: the connection is lost, or nothing more comes. */
  readonly fate?: "cut" | "stall";
}

/** The tokens that come together. */
export type TokenGroup = readonly string[];

export interface PacedEnd {
  readonly finish: "stop" | "length" | "tool_calls";
  readonly tokens: number;
}

export interface Pacing {
  readonly pace: Pace;
  readonly random: Random;
  /** At most so many tokens. */
  readonly limit: number;
  /** And for at most so long. */
  readonly longestMs: number;
  readonly turns: Turns;
  /** Stops it at once. */
  readonly signal: AbortSignal;
}

/** The connection is lost: as the prompt asked for, or since the answer has taken too long. */
export class Cut extends Error {
  constructor() {
    super("the connection was lost");
    this.name = "Cut";
  }
}

/** How far an answer gets that breaks off. */
const FATAL_TOKENS = 24;

/**
 * An answer as it is told: its pieces, each when it is due. What is decided by chance is decided in the order of the
 * tokens and never by the clock, so that one seed gives the same pieces however quickly they are read. What would take too
 * long ends as if it were too long.
 * @throws Cut, or the signal's reason
 */
export async function* pacedAnswer(
  answer: MockAnswer,
  { pace, random, limit, longestMs, turns, signal }: Pacing,
): AsyncGenerator<TokenGroup, PacedEnd> {
  const { tokens, tool, fate } = answer;
  const { ttftMs, tokensPerSecond, jitter } = { ...pace, ...answer.pace };
  const uneven = () => 1 + jitter * (2 * random() - 1);
  const end = performance.now() + longestMs;
  let due = performance.now() + ttftMs * uneven();
  let count = 0;
  let piece: string[] = [];
  let finish: PacedEnd["finish"] = tool === undefined ? "stop" : "tool_calls";
  for (const token of tokens) {
    if (count === limit || due > end) {
      finish = "length";
      break;
    }
    if (count === FATAL_TOKENS && fate === "cut") throw new Cut();
    await turns.take();
    signal.throwIfAborted();
    if (count === FATAL_TOKENS && fate === "stall") await once(signal, "abort").then(() => signal.throwIfAborted());
    piece.push(token);
    count++;
    // Some arrive together with the next one, as packets do.
    const joins = random() < jitter / 2;
    if (!joins) {
      await until(due, signal);
      yield piece;
      piece = [];
    }
    due += (1_000 / tokensPerSecond) * uneven();
  }
  // What is shorter than that breaks off at its end.
  if (fate === "cut") throw new Cut();
  if (piece.length > 0) {
    await until(due, signal);
    yield piece;
  }
  return { finish, tokens: count };
}

/** A timer is no finer than a millisecond: what is due sooner is due now, and the time that this gains is not kept. */
async function until(due: number, signal: AbortSignal): Promise<void> {
  const ms = due - performance.now();
  // With the caller's own reason, as a network rejects.
  if (ms >= 1) await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

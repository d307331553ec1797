import type { Notice } from "../core/widget.ts";
import type { Words } from "../words/words.ts";
import { ASKED, aliveSign, cursorField, lostSign, notice, pulse } from "./page/page-elements.ts";

/**
 * Why a page asks for what is new, and is not live: `tabs`, since its visitor's other pages have all the streams that their
 * browser may hold open; or how often it has asked in turn, since nothing arrives by its stream.
 */
export type WhyAsked = "tabs" | number;

/** Each so many questions the stream is tried anew: one that nothing arrives by may be held back for ever. */
const TRIES_EVERY = 3;

/** What a page asks the next time. @param text what it sent of the last time */
export function askedAfter(text: string | null, hasPlace: boolean): WhyAsked {
  if (text === "tabs") return hasPlace ? 1 : "tabs";
  return /^\d{1,6}$/.test(text ?? "") ? Number(text) + 1 : 1;
}

/** Whether the answer to this question opens the page's stream. */
export const opensStream = (asked: WhyAsked) => asked !== "tabs" && asked % TRIES_EVERY === 1;

export interface AskingBeatParts {
  /** What the page sent of the last time. */
  readonly before: string | null;
  readonly cursor: string | undefined;
  /** A more urgent sentence; "" where there is none. */
  readonly more: Notice;
}

/**
 * Partials for a page that asks: a beat that has it ask again soon, and the sentence that says why.
 * A sentence that stands there already is not said again, or screen readers would read it each time.
 */
export function askingBeat(words: Words, asked: WhyAsked, { before, cursor, more }: AskingBeatParts): string {
  // At first it may only have been for a moment: nothing is said until the next time.
  const isFirst = asked === 1;
  const sign = isFirst ? aliveSign(words) : `<span class="away" aria-hidden="true">${words.html("every_5_s")}</span>`;
  const field = `<input type="hidden" id="${ASKED}" name="${ASKED}" value="${asked}" autocomplete="off">`;
  const beat = pulse(`<span class="beat asking">${sign}${lostSign(words)}</span>${cursorField(cursor)}${field}`);
  const isSaid = asked === "tabs" ? before === "tabs" : asked !== 2;
  const said = more || (isSaid || isFirst ? "" : asked === "tabs" ? "other_tabs" : "held_back");
  return said === "" ? beat : beat + notice(words, said);
}

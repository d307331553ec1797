import { inspect } from "node:util";
import { Problem } from "../core/problem.ts";

/** Tells the operator something: a sentence, an error, or both. */
export type Report = (what: unknown, error?: unknown) => void;

/** An error that has a short text for the operator, which is logged in place of its stack. */
export interface Brief {
  readonly brief: string;
}

/** The longest entry, in UTF-16 code units, since it may quote what a stranger sent. */
const MAX_CHARACTERS = 8_192;

/** Writes to the operator's log. Everything goes through here, since any of it may hold text of strangers. */
export const report: Report = (what, error) => console.error(entryOf(what, error));

/** After what time an entry about a template is written again. */
const REPEAT_AFTER_MS = 3_600_000;
/** How many entries are remembered to have been written: they quote values, so that there may be any number of them. */
const MAX_KNOWN = 500;

/**
 * The operator's log of a server whose templates change. An error of a template would be logged again with each save, each
 * visit and each value of a source: so each is written once, and again when it has changed, or after an hour.
 */
export class Logger {
  readonly #write: (entry: string) => void;
  #said = new Set<string>();
  #before = new Set<string>();
  #since = Date.now();

  constructor(write = (entry: string) => console.error(entry)) {
    this.#write = write;
  }

  readonly report: Report = (what, error) => {
    const entry = entryOf(what, error);
    if (![what, error].some(isOfTemplate) || this.#isNews(entry)) this.#write(entry);
  };

  /**
   * To be called when templates were changed: an error that does not come again is mended, and is written if it comes back
   * later.
   */
  readonly swapped = (): void => {
    this.#before = this.#said;
    this.#said = new Set();
    this.#since = Date.now();
  };

  #isNews(entry: string): boolean {
    if (this.#said.size >= MAX_KNOWN || Date.now() - this.#since > REPEAT_AFTER_MS) this.swapped();
    const known = this.#said.has(entry) || this.#before.has(entry);
    this.#said.add(entry);
    return !known;
  }
}

/** The text of an entry. Lines after the first are indented, so that no text can look like an entry of its own. */
export function entryOf(what: unknown, error?: unknown): string {
  const text = [what, error]
    .filter((part) => part !== undefined)
    .map(textOf)
    .join(" ");
  return harmless(text).replaceAll("\n", "\n    ");
}

/** A text that cannot control a terminal: no colours, no cursor movements, no title, no reversed text. Line breaks stay. */
export function harmless(text: string): string {
  const short = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)} …` : text;
  return short.replace(STEERS, (sign) => {
    const code = sign.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/**
 * Control characters except line breaks and tabs; characters that change the direction of text; and other kinds of line breaks.
 */
const STEERS = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  // No stack, since the caller has to mend it: what the caller was told, and the cause that it was not told.
  if (part instanceof Problem) return `${part.code}: ${part.message}${reasonOf(part)}`;
  return isBrief(part) ? part.brief : inspect(part);
}

function isBrief(part: unknown): part is Brief {
  return part instanceof Error && "brief" in part && typeof part.brief === "string";
}

/** Whether it is about a template: 422 is the answer to a value that its template cannot take. */
function isOfTemplate(part: unknown): boolean {
  return isBrief(part) || (part instanceof Problem && part.status === 422);
}

function reasonOf({ cause, detail }: Problem): string {
  if (cause === undefined) return detail === undefined ? "" : ` (${detail})`;
  if (isBrief(cause)) return `\n${cause.brief}`;
  const said = cause instanceof Error ? cause.message : String(cause);
  return ` (${said.split("\n", 1)[0]!.slice(0, 300)})`;
}

import { inspect } from "node:util";
import { Problem } from "../core/problem.ts";

/** Tells the operator something: a sentence, an error, or both. */
export type Report = (what: unknown, error?: unknown) => void;

/** An error whose reader mends it where it says: of that there is a short text, and a stack would only hide it. */
export interface Brief {
  readonly brief: string;
}

/** The longest entry, in UTF-16 code units: what a stranger sent may be quoted in it. */
const MAX_CHARACTERS = 8_192;

/** The operator's log. All that goes there passes here, as text of strangers may be in any of it. */
export const report: Report = (what, error) => console.error(entryOf(what, error));

/** How long what a template keeps saying is no news. */
const REPEAT_AFTER_MS = 3_600_000;
/** Of so many entries it is known that they were made: reasons quote values, and so there is no end of them. */
const MAX_KNOWN = 500;

/**
 * The operator's log of a program whose templates may change. What is wrong between a template and a value would come again
 * with each save, each visit and each try of a source: it is said once, as long as nothing about it changes.
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

  /** Other templates are in place: what they do not say again is mended, and news when it comes back. */
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

/** What is written for it: lines after the first are indented, so that no text can look like an entry of its own. */
export function entryOf(what: unknown, error?: unknown): string {
  const text = [what, error]
    .filter((part) => part !== undefined)
    .map(textOf)
    .join(" ");
  return harmless(text).replaceAll("\n", "\n    ");
}

/** A text that does nothing to a terminal: no colours, no moving about, no title, no reading backwards. Lines stay. */
export function harmless(text: string): string {
  const short = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)} …` : text;
  return short.replace(STEERS, (sign) => {
    const code = sign.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/** Control characters but for line breaks and tabs; what turns the direction of text; and line breaks of another kind. */
const STEERS = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  // No stack, as it is the caller's to mend: what it was told, and what was kept from it.
  if (part instanceof Problem) return `${part.code}: ${part.message}${reasonOf(part)}`;
  return isBrief(part) ? part.brief : inspect(part);
}

function isBrief(part: unknown): part is Brief {
  return part instanceof Error && "brief" in part && typeof part.brief === "string";
}

/** 422 is the answer to a value that its template cannot take. */
function isOfTemplate(part: unknown): boolean {
  return isBrief(part) || (part instanceof Problem && part.status === 422);
}

function reasonOf({ cause, detail }: Problem): string {
  if (cause === undefined) return detail === undefined ? "" : ` (${detail})`;
  if (isBrief(cause)) return `\n${cause.brief}`;
  const said = cause instanceof Error ? cause.message : String(cause);
  return ` (${said.split("\n", 1)[0]!.slice(0, 300)})`;
}

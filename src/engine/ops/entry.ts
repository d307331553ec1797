import { inspect } from "node:util";
import { Problem } from "../core/problem.ts";

/** An error that has a short text for the operator, which is logged in place of its stack. */
export interface Brief {
  readonly brief: string;
}

/** The longest entry, in UTF-16 code units, since it may quote what a stranger sent. */
const MAX_CHARACTERS = 8_192;

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

export function isBrief(part: unknown): part is Brief {
  return part instanceof Error && "brief" in part && typeof part.brief === "string";
}

function reasonOf({ cause, detail }: Problem): string {
  if (cause === undefined) return detail === undefined ? "" : ` (${detail})`;
  if (isBrief(cause)) return `\n${cause.brief}`;
  const said = cause instanceof Error ? cause.message : String(cause);
  return ` (${said.split("\n", 1)[0]!.slice(0, 300)})`;
}

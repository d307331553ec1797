import { inspect } from "node:util";
import { Problem } from "./problem.ts";

/** Tells the operator something: a sentence, an error, or both. */
export type Report = (what: unknown, error?: unknown) => void;

/** The longest entry, in UTF-16 code units: what a stranger sent may be quoted in it. */
const LONGEST = 8_192;

/** The operator's log. All that goes there passes here, as text of strangers may be in any of it. */
export const report: Report = (what, error) => console.error(entryOf(what, error));

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
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
  return short.replace(STEERS, (sign) => {
    const code = sign.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/** Control characters but for line breaks and tabs; what turns the direction of text; and line breaks of another kind. */
const STEERS = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  // One line, as it is the caller's to mend: what it was told, and what was kept from it.
  if (part instanceof Problem) return `${part.code}: ${part.message}${reasonOf(part.cause)}`;
  return inspect(part);
}

function reasonOf(cause: unknown): string {
  if (cause === undefined) return "";
  const said = cause instanceof Error ? cause.message : String(cause);
  return ` (${said.split("\n", 1)[0]!.slice(0, 300)})`;
}

import type { Line } from "./line.ts";
import { unescaped } from "./links.ts";
import { PLAIN } from "./place.ts";

// Patterns of what a line may begin with, each tried after the spaces.
const HEADING = /(#{1,6})(?:[ \t]+|$)/y;
const FENCE = /(`{3,64})(?!`)([^`]*)$|(~{3,64})(?!~)(.*)$/y;
const FORMULA = /\$\$(?!.*\$\$)/y;
const RULE = /(?:\*[ \t]*){3,}$|(?:_[ \t]*){3,}$|(?:-[ \t]*){3,}$/y;
const UNDERLINE = /(?:=+|-+)[ \t]*$/y;
const BULLET = /(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/y;
const COLUMNS = /\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/y;

/** What has more columns is no table: a few short lines below a wide head would make a hundred thousand cells. */
const MAX_COLUMNS = 20;
const MAX_LANGUAGE_CHARACTERS = 30;

/** A heading. @returns its level, and how many characters stand before its words */
export function heading(line: Line): { level: number; length: number } | undefined {
  const found = line.char === "#" ? line.has(HEADING) : null;
  return found === null ? undefined : { level: found[1]!.length, length: found[0].length };
}

/**
 * The first line of fenced code.
 * @returns what closes it, its language, and the words of that line; a formula is code between `$$`
 */
export function fence(line: Line): { fence: string; language: string; words: string } | undefined {
  if (line.char !== "`" && line.char !== "~" && line.char !== "$") return undefined;
  const found = line.has(FENCE);
  if (found !== null) {
    const [language = ""] = (found[2] ?? found[4] ?? "").trim().split(/\s/, 1);
    return {
      fence: (found[1] ?? found[3])!,
      language: unescaped(language).slice(0, MAX_LANGUAGE_CHARACTERS),
      words: "",
    };
  }
  if (line.has(FORMULA) === null) return undefined;
  return { fence: "$$", language: "math", words: line.words().slice(2).trimStart() };
}

/** Whether a line closes code that this fence has begun. */
export function closes(line: Line, fence: string): boolean {
  if (fence === PLAIN) return false;
  const words = line.words().trimEnd();
  if (fence === "$$") return words.endsWith("$$");
  if (line.indent >= 4 || words.length < fence.length) return false;
  return words === fence[0]!.repeat(words.length);
}

export function isRule(line: Line): boolean {
  return /[-*_]/.test(line.char ?? "") && line.has(RULE) !== null;
}

/** A line that makes the one above it a heading. @returns the heading's level */
export function underlined(line: Line): number | undefined {
  if (line.char !== "=" && line.char !== "-") return undefined;
  return line.has(UNDERLINE) === null ? undefined : line.char === "=" ? 1 : 2;
}

/** An item of a list. @returns its mark, its number (1 where it has none), how long both are, and whether nothing follows */
export function bullet(line: Line): { marker: string; number: number; length: number; isEmpty: boolean } | undefined {
  const found = line.has(BULLET);
  if (found === null) return undefined;
  const { length } = found[0];
  const isEmpty = line.words().slice(length).trim() === "";
  return { marker: found[1] ?? found[3]!, number: Number(found[2] ?? 1), length, isEmpty };
}

/** The line between a table's head and its rows. @returns a letter for each column: see `Table.align` */
export function columns(line: Line): string[] | undefined {
  if (!/[|:-]/.test(line.char ?? "") || line.has(COLUMNS) === null) return undefined;
  const words = line.words();
  const sides = cells(words);
  if (sides.length > MAX_COLUMNS || /^-[ \t]/.test(words)) return undefined;
  return sides.map((side) => (/^:.*:$/.test(side) ? "c" : side.endsWith(":") ? "r" : side.startsWith(":") ? "l" : "-"));
}

/** The cells of a table's row. */
export function cells(row: string): string[] {
  const text = row.trim();
  const found: string[] = [];
  let start = text.startsWith("|") ? 1 : 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "|") {
      found.push(text.slice(start, at).trim().replaceAll("\\|", "|"));
      start = at + 1;
    }
  }
  if (start < text.length) found.push(text.slice(start).trim().replaceAll("\\|", "|"));
  return found;
}

import { type Outline, outline } from "./outline.ts";

/** Where a growing text can be cut. */
export interface Cut {
  /** The finished block, complete in itself. */
  readonly text: string;
  /** What comes before the remaining text, so that it goes on as what it was. */
  readonly prefix: string;
  /** Where the remaining text begins. */
  readonly end: number;
  readonly joined: boolean;
}

/** No space, and nothing to be seen: the second part of a line that begins with it is no list and no heading. */
export const INERT = "\u200B";

// An unfinished block is sent again and again, so that it must stay small; a finished one costs its wrapping, so that it must
// not be too small. In characters, and lines of code.
const LIST = 300;
const TABLE = 2_000;
const TABLE_LINES = 30;
const PARAGRAPH = 500;
const QUOTE = 1_500;
const CODE = 1_200;
const CODE_LINES = 16;
/** Whatever it is. Markdown can make ten times as much HTML of a text as it has characters. */
const MOST = 4_000;
/** What is repeated at the head of each piece, such as a table's. */
const MOST_HEAD = 500;

/**
 * Where something could be over: at a line's end, at a sentence's, and after an empty line where it is known what comes,
 * which is at once if that is no item of a list, else after its first word.
 */
const STOPS = /\n|(?<=[.!?:;…]["'”’)\]]?)[ \t]|(?<=\n[ \t]*\n)[^\s\-+*\d]|(?<=\n[ \t]*\n\S+)[ \t]/g;

/**
 * The first cut of a text that grows, undefined where there is none yet. Each stop is judged by the text before it alone:
 * what comes later cannot move a cut.
 * @param from no stop before it has to be looked at
 */
export function firstCut(text: string, from: number): Cut | undefined {
  STOPS.lastIndex = from;
  for (const { index } of text.slice(0, MOST).matchAll(STOPS)) {
    const before = text.slice(0, index + 1);
    const cut = text[index] === "\n" ? atLine(before) : within(before);
    if (cut !== undefined) return cut;
  }
  return text.length < MOST ? undefined : anywhere(text);
}

/** @param text ends with a whole line */
function atLine(text: string): Cut | undefined {
  const seen = outline(text);
  if (seen === undefined) return { text: "", prefix: "", end: text.length, joined: false };
  const next = atNext(text, seen);
  if (next !== undefined) return next;
  if (seen.over) return { text, prefix: "", end: text.length, joined: false };
  if (seen.kind === "fence") return inCode(text, seen);
  if (seen.kind === "table_open") return inTable(text);
  const long = seen.kind === "paragraph_open" ? PARAGRAPH : seen.kind === "blockquote_open" ? QUOTE : MOST;
  if (text.length >= long && !seen.dangling) return { text, prefix: "", end: text.length, joined: true };
  return inList(text, seen);
}

/** Where another block has begun. */
function atNext(text: string, { starts }: Outline): Cut | undefined {
  const next = starts[1];
  return next === undefined ? undefined : { ...upTo(text, next), prefix: "", joined: false };
}

function inCode(text: string, { markup }: Outline): Cut | undefined {
  const lines = text.split("\n").length - 2;
  return lines >= CODE_LINES || text.length >= CODE ? pieceOfCode(text, text, markup) : undefined;
}

function pieceOfCode(text: string, piece: string, markup: string): Cut | undefined {
  const head = text.slice(0, text.indexOf("\n") + 1);
  if (head === "" || head.length > MOST_HEAD) return undefined;
  return { text: `${piece.trimEnd()}\n${markup}`, prefix: head, end: piece.length, joined: true };
}

function inTable(text: string): Cut | undefined {
  const lines = text.split("\n").slice(0, -1);
  if (text.length < TABLE && lines.length < TABLE_LINES) return undefined;
  const head = `${lines.slice(0, 2).join("\n")}\n`;
  // The row that has just come goes to the next piece, which would be none without it.
  if (lines.length < 4 || lines.at(-1)!.trim() === "") return undefined;
  return { ...upTo(text, lines.length - 1), prefix: head.length > MOST_HEAD ? INERT : head, joined: true };
}

function inList(text: string, { items, first }: Outline): Cut | undefined {
  const last = items.at(-1);
  if (last === undefined || items.length < 2) return undefined;
  const cut = upTo(text, last.line);
  if (cut.text.length < LIST) return undefined;
  const marker = /^( *)(\d+)/.exec(text.slice(cut.end));
  if (marker === null) return { ...cut, prefix: "", joined: true };
  // A list of which every item is written as “1.” counts on. A longer number would move what is indented below it.
  const number = String(first + items.length - 1);
  if (number.length !== marker[2]!.length) return undefined;
  return { ...cut, prefix: marker[1] + number, end: cut.end + marker[0].length, joined: true };
}

/** @param text ends within a line */
function within(text: string): Cut | undefined {
  const seen = outline(text);
  const next = seen && atNext(text, seen);
  if (next !== undefined) return next;
  if (seen?.kind !== "paragraph_open" || text.length < PARAGRAPH || seen.dangling || !/\s$/.test(text))
    return undefined;
  return { text: text.trimEnd(), prefix: INERT, end: text.length, joined: true };
}

function anywhere(text: string): Cut {
  const end = /[\uD800-\uDBFF]/.test(text[MOST - 1]!) ? MOST - 1 : MOST;
  const piece = text.slice(0, end);
  const seen = outline(piece);
  const code = seen?.kind === "fence" ? pieceOfCode(text, piece, seen.markup) : undefined;
  return code ?? { text: piece, prefix: INERT, end, joined: true };
}

function upTo(text: string, line: number): { text: string; end: number } {
  let end = 0;
  for (let i = 0; i < line; i++) end = text.indexOf("\n", end) + 1;
  return { text: text.slice(0, end), end };
}

import { escapeText } from "./escape.ts";
import { type Language, type Long, languageOf } from "./languages.ts";

/** Where a piece of code begins that is the rest of one that was cut. */
export interface CodePlace {
  /** What has begun the comment or string in which it begins; "" outside of one. */
  readonly inside: string;
  /** How many marks the code has had so far. */
  readonly marks: number;
  /** Whether it begins within a line: that is a long one, whose rest is plain. */
  readonly mid: boolean;
}

export const BEGINNING: CodePlace = { inside: "", marks: 0, mid: false };

/** Code with more marks than these goes on without: each is an element, which costs a page when it is swapped. */
export const MAX_MARKS = 1_000;
/** A line is read up to here: what is longer is no code that anyone reads, and may be cut anywhere beyond. */
export const MAX_LINE_CHARACTERS = 1_000;

type Kind = "comment" | "string" | "number" | "keyword";
const CLASSES: Record<Kind, string> = { comment: "c", string: "s", number: "n", keyword: "k" };

/**
 * Code as HTML, in which comments, strings, numbers and the language's own words are marked, line by line, so that no mark goes over the
 * end of one. Reads each character once or twice, whatever the code. What it does not know stays plain.
 * @returns the HTML, and where what follows begins
 */
export function highlight(code: string, languageName: string, from: CodePlace): { html: string; to: CodePlace } {
  const language = languageOf(languageName);
  if (language === undefined) return { html: escapeText(code), to: BEGINNING };
  const painter = new Painter(language, from);
  let { mid } = from;
  for (let start = 0; start < code.length && !painter.isDone; ) {
    const newline = code.indexOf("\n", start);
    const end = newline < 0 ? code.length : newline + 1;
    if (mid) painter.plain(code.slice(start, end));
    else painter.line(code.slice(start, end));
    mid = newline < 0;
    start = end;
  }
  return { html: painter.html + escapeText(code.slice(painter.read)), to: painter.place(mid) };
}

/** Whether it is the beginning of something that goes on over lines, in this language. */
export function isInside(inside: unknown, languageName: string): inside is string {
  return typeof inside === "string" && languageOf(languageName)?.long.has(inside) === true;
}

class Painter {
  html = "";
  /** How much of the code is in the HTML. */
  read = 0;
  readonly #language: Language;
  #inside: string;
  #marks: number;
  /** What the present line began in. */
  #before: string;

  constructor(language: Language, { inside, marks }: CodePlace) {
    this.#language = language;
    this.#inside = inside;
    this.#before = inside;
    this.#marks = marks;
  }

  get isDone(): boolean {
    return this.#marks >= MAX_MARKS;
  }

  place(mid: boolean): CodePlace {
    return { inside: mid ? this.#before : this.#inside, marks: this.#marks, mid };
  }

  plain(text: string): void {
    this.html += escapeText(text);
    this.read += text.length;
  }

  /** @param line with the line break at its end */
  line(line: string): void {
    this.#before = this.#inside;
    if (line.length > MAX_LINE_CHARACTERS) {
      this.#words(line.slice(0, MAX_LINE_CHARACTERS));
      this.plain(line.slice(MAX_LINE_CHARACTERS));
      // Whether what has begun in it ends in its rest is not looked at.
      this.#inside = this.#before;
    } else this.#words(line);
  }

  #words(text: string): void {
    const { parts, long } = this.#language;
    const inside = long.get(this.#inside);
    /** Up to where it is written. */
    let at = inside === undefined ? 0 : this.#goOn(text, 0, 0, inside);
    parts.lastIndex = at;
    for (let found = parts.exec(text); found !== null && !this.isDone; found = parts.exec(text)) {
      const [part] = found;
      const begun = long.get(part);
      const end = begun === undefined ? this.#endOf(part, text, parts.lastIndex) : 0;
      const kind = begun?.kind ?? this.#kindOf(part, text, end);
      if (kind === undefined) continue;
      this.plain(text.slice(at, found.index));
      if (begun === undefined) {
        this.#mark(kind, text.slice(found.index, end));
        at = end;
      } else {
        this.#inside = part;
        at = this.#goOn(text, found.index, parts.lastIndex, begun);
      }
      parts.lastIndex = at;
    }
    this.plain(text.slice(at));
  }

  /** Marks what goes on over lines, as far as it goes on this one. @returns where it ends */
  #goOn(text: string, start: number, from: number, { end, kind, escapes }: Long): number {
    const found = after(end, text, from, escapes);
    if (found !== undefined) this.#inside = "";
    const to = found ?? endOfLine(text);
    if (to > start) this.#mark(kind, text.slice(start, to));
    return to;
  }

  #endOf(part: string, text: string, end: number): number {
    if (part === this.#language.comment) return endOfLine(text);
    return isQuote(part) ? (after(part, text, end, true) ?? endOfLine(text)) : end;
  }

  #kindOf(part: string, text: string, end: number): Kind | undefined {
    const { keywords, isCaseless, comment } = this.#language;
    const first = part[0]!;
    if (part === comment) return "comment";
    if (this.#isKey(part, text, end) || first === "<" || first === "@") return "keyword";
    if (isQuote(first)) return "string";
    if ((first >= "0" && first <= "9") || first === "#") return "number";
    return keywords.has(isCaseless ? part.toLowerCase() : part) ? "keyword" : undefined;
  }

  #isKey(part: string, text: string, end: number): boolean {
    if (!this.#language.hasKeys || text[end] !== ":") return false;
    return isQuote(part) || / |\n|^$/.test(text[end + 1] ?? "");
  }

  #mark(kind: Kind, text: string): void {
    this.#marks++;
    this.html += `<span class="${CLASSES[kind]}">${escapeText(text)}</span>`;
    this.read += text.length;
  }
}

const isQuote = (part: string) => part === '"' || part === "'";

const endOfLine = (text: string) => (text.endsWith("\n") ? text.length - 1 : text.length);

/** The index after what ends a string or comment; undefined if nothing does. @param escapes whether a backslash can be before it */
function after(end: string, text: string, from: number, escapes: boolean): number | undefined {
  let found = text.indexOf(end, from);
  for (let at = from; found >= 0; ) {
    const slash = escapes ? text.indexOf("\\", at) : -1;
    if (slash < 0 || slash >= found) return found + end.length;
    at = slash + 2;
    if (found < at) found = text.indexOf(end, at);
  }
  return undefined;
}

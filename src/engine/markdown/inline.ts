import type { MayShow } from "../core/media.ts";
import { isPunctuation } from "./characters.ts";
import { Emphasis } from "./emphasis.ts";
import { escapeText } from "./escape.ts";
import { autolink, bareLink, decoded, type Link, picture, target, unescaped } from "./links.ts";

/** An opening bracket, which may become a link. */
interface Bracket {
  /** Its index in the output. */
  readonly at: number;
  readonly picture: boolean;
  /** Where in the text its words begin. */
  readonly words: number;
  readonly emphasis: Emphasis["last"];
}

const special = new Uint8Array(128);
for (const char of "\\`*_~[]!<&$\n:") special[char.charCodeAt(0)] = 1;
const ENTITY = /&(?:#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z][a-z0-9]{1,31});/iy;
/** A formula: no space inside at either end, and no digit after it, so that sums of money are none. */
const MATH = /\$(?![\s$])(?:[^$\\\n]|\\[^\n])*?(?<!\s)\$(?!\d)/y;
/** A formula within a line is no longer than this. */
const MAX_MATH_CHARACTERS = 200;

/**
 * The HTML of the text of a paragraph, or of a cell: emphasis, code, links, line breaks. `open` says whether something has
 * begun in it that may end in the text that follows. It takes time in proportion to the length, whatever the text.
 * @param shows see `blocksToHtml`
 */
export function inline(text: string, shows?: MayShow): { html: string; open: boolean } {
  return isPlain(text) ? { html: escapeText(text), open: false } : new Inline(text, shows);
}

function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (special[text.charCodeAt(at)] === 1) return false;
  return !/[ \t]$/.test(text.slice(-1));
}

class Inline {
  readonly html: string;
  open = false;
  readonly #text: string;
  #at = 0;
  readonly #out: string[] = [];
  readonly #emphasis = new Emphasis();
  readonly #brackets: Bracket[] = [];
  /** How many of the brackets are within a link, and so cannot become one. */
  #within = 0;
  /** The links so far: the indices of their two tags in the output. */
  readonly #links: [number, number][] = [];
  /** Where the runs of backticks begin, by their length; found when first needed. */
  #ticks: Map<number, number[]> | undefined;
  #lastOf: Map<string, number> | undefined;

  readonly #shows: MayShow | undefined;

  constructor(text: string, shows: MayShow | undefined) {
    this.#text = text;
    this.#shows = shows;
    while (this.#at < text.length) this.#step();
    this.open ||= this.#brackets.length > this.#within;
    if (this.#emphasis.pairUp()) this.open = true;
    this.#emphasis.write(this.#out);
    this.#trim();
    this.html = this.#out.join("");
  }

  #step(): void {
    const text = this.#text;
    const at = this.#at;
    let next = at;
    for (let code = text.charCodeAt(next); next < text.length && special[code] !== 1; ) code = text.charCodeAt(++next);
    if (next > at) {
      this.#write(escapeText(text.slice(at, next)), next);
      return;
    }
    const char = text[at]!;
    if (char === "\\") this.#backslash();
    else if (char === "`") this.#code();
    else if (char === "[") this.#bracket("[");
    else if (char === "!" && text[at + 1] === "[") this.#bracket("![");
    else if (char === "]") this.#endBracket();
    else if (char === "<") this.#pointed();
    else if (char === "&") this.#entity();
    else if (char === "$") this.#math();
    else if (char === "\n") this.#newline();
    else if (char === ":") this.#colon();
    else if (char === "!") this.#write(char, at + 1);
    else this.#marks(char);
  }

  #marks(mark: string): void {
    let end = this.#at + 1;
    while (this.#text[end] === mark) end++;
    this.#emphasis.add(this.#text, this.#at, end, this.#out.length);
    this.#write(this.#text.slice(this.#at, end), end);
  }

  #write(html: string, end: number): void {
    this.#out.push(html);
    this.#at = end;
  }

  #backslash(): void {
    const code = this.#text.charCodeAt(this.#at + 1);
    if (code === 10) {
      this.#write("<br>\n", this.#at + 2);
      this.#skipSpaces();
    } else if (isPunctuation(code)) this.#write(escapeText(String.fromCharCode(code)), this.#at + 2);
    else this.#write("\\", this.#at + 1);
  }

  #newline(): void {
    const hard = this.#out.at(-1)?.endsWith("  ");
    this.#trim();
    this.#write(hard ? "<br>\n" : "\n", this.#at + 1);
    this.#skipSpaces();
  }

  /** Removes the spaces at the end of a line. */
  #trim(): void {
    const last = this.#out.at(-1) ?? "";
    let end = last.length;
    while (last[end - 1] === " " || last[end - 1] === "\t") end--;
    if (end < last.length) this.#out[this.#out.length - 1] = last.slice(0, end);
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  #code(): void {
    const text = this.#text;
    const start = this.#at;
    let end = start + 1;
    while (text[end] === "`") end++;
    const close = this.#ticksAfter(end, end - start);
    if (close === undefined) {
      this.open = true;
      this.#write(text.slice(start, end), end);
      return;
    }
    let code = text.slice(end, close).replaceAll("\n", " ");
    if (/^ .* $/.test(code) && code.trim() !== "") code = code.slice(1, -1);
    this.#write(`<code>${escapeText(code)}</code>`, close + end - start);
  }

  /** Where the next run of so many backticks is. */
  #ticksAfter(at: number, length: number): number | undefined {
    if (this.#ticks === undefined) {
      this.#ticks = new Map();
      for (const { index, 0: row } of this.#text.matchAll(/`+/g)) {
        const rows = this.#ticks.get(row.length);
        if (rows === undefined) this.#ticks.set(row.length, [index]);
        else rows.push(index);
      }
      for (const rows of this.#ticks.values()) rows.reverse();
    }
    const rows = this.#ticks.get(length) ?? [];
    while (rows.length > 0 && rows.at(-1)! < at) rows.pop();
    return rows.at(-1);
  }

  #entity(): void {
    ENTITY.lastIndex = this.#at;
    const found = ENTITY.exec(this.#text)?.[0];
    if (found === undefined) this.#write("&amp;", this.#at + 1);
    else this.#write(escapeText(decoded(found)), this.#at + found.length);
  }

  /** A formula is shown as it is written. */
  #math(): void {
    const text = this.#text;
    const at = this.#at;
    if (text.startsWith("$$", at)) {
      const end = this.#after("$$", at + 2);
      if (end < 0 && text.length - at < MAX_MATH_CHARACTERS) this.open = true;
      if (end > at + 2) this.#write(`<code class="math">${escapeText(text.slice(at, end + 2))}</code>`, end + 2);
      else this.#write("$$", at + 2);
      return;
    }
    MATH.lastIndex = at;
    const found = MATH.exec(text)?.[0];
    if (found !== undefined) this.#write(`<code class="math">${escapeText(found)}</code>`, at + found.length);
    else {
      if (text.length - at < MAX_MATH_CHARACTERS && this.#after("$", at + 1) < 0) this.open = true;
      this.#write("$", at + 1);
    }
  }

  /** Where something is next, without searching again for what was not found. */
  #after(what: string, from: number): number {
    this.#lastOf ??= new Map();
    const known = this.#lastOf.get(what) ?? this.#text.lastIndexOf(what);
    this.#lastOf.set(what, known);
    return known < from ? -1 : this.#text.indexOf(what, from);
  }

  #colon(): void {
    const found = this.#text.startsWith("://", this.#at) ? bareLink(this.#text, this.#at) : undefined;
    const before = this.#out.at(-1) ?? "";
    const scheme = found === undefined ? 0 : this.#at - found.start;
    if (found === undefined || !/https?$/i.test(before)) {
      this.#write(":", this.#at + 1);
      return;
    }
    this.#out[this.#out.length - 1] = before.slice(0, -scheme);
    this.#link(found);
  }

  #pointed(): void {
    const link = autolink(this.#text, this.#at);
    if (link === undefined) this.#write("&lt;", this.#at + 1);
    else this.#link(link);
  }

  #link(link: Link): void {
    this.#links.push([this.#out.length, this.#out.length + 2]);
    this.#out.push(link.tag, escapeText(link.address), "</a>");
    this.#at = link.end;
  }

  #bracket(mark: "[" | "!["): void {
    const words = this.#at + mark.length;
    this.#brackets.push({ at: this.#out.length, picture: mark === "![", words, emphasis: this.#emphasis.last });
    this.#write(mark, words);
  }

  #endBracket(): void {
    const at = this.#at;
    const bracket = this.#brackets.pop();
    const isWithin = this.#brackets.length < this.#within;
    if (isWithin) this.#within = this.#brackets.length;
    const link = bracket === undefined || (isWithin && !bracket.picture) ? undefined : target(this.#text, at + 1);
    if (bracket === undefined || link === undefined) {
      if (bracket !== undefined && this.#text[at + 1] === "(" && this.#after(")", at) < 0) this.open = true;
      this.#write("]", at + 1);
      return;
    }
    this.#emphasis.pairUp(bracket.emphasis);
    // There is no link within a link. A picture becomes a link to it, if its server is none that may be told who reads this.
    for (let last = this.#links.at(-1); last !== undefined && last[0] > bracket.at; last = this.#links.at(-1)) {
      for (const place of this.#links.pop()!) this.#out[place] = "";
    }
    if (bracket.picture && this.#shows?.(link.address)) {
      this.#emphasis.forget(bracket.at);
      this.#out.length = bracket.at;
      this.#write(picture(link, unescaped(this.#text.slice(bracket.words, at))), link.end);
      return;
    }
    if (bracket.picture && this.#out.length === bracket.at + 1) this.#out.push(escapeText(link.address));
    this.#out[bracket.at] = link.tag;
    this.#links.push([bracket.at, this.#out.length]);
    this.#write("</a>", link.end);
    if (!bracket.picture) this.#within = this.#brackets.length;
  }
}

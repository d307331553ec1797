import { decodeHTMLStrict } from "entities";
import { isPunctuation } from "./characters.ts";
import { escapeText } from "./escape.ts";

/**
 * What a link may lead to; anything else stays text. No path of this server: whoever wrote the text does not know what is
 * there.
 */
const LINK = /^(?:https?:\/\/|mailto:)/i;

/** How many may be open within each other in an address that is not in `<` and `>`. */
const MAX_PARENTHESES = 8;

export interface Link {
  /** The tag that opens it. */
  readonly tag: string;
  readonly address: string;
  readonly title?: string | undefined;
  /** The index in the text after the whole link. */
  readonly end: number;
}

/** The opening tag of a link. @returns undefined for an address that is not allowed */
function tagTo(address: string, title?: string): string | undefined {
  if (!LINK.test(address)) return undefined;
  return `<a href="${encoded(address)}"${titled(title)} rel="nofollow noopener noreferrer" target="_blank">`;
}

/** A picture of a link's address, in place of the link. @param alt what it shows, in words */
export function picture({ address, title }: Link, alt: string): string {
  return `<img src="${encoded(address)}" alt="${escapeText(alt)}"${titled(title)} loading="lazy" decoding="async">`;
}

function encoded(address: string): string {
  return escapeText(encodeURI(address.replace(/\p{Cs}/gu, "\uFFFD")).replace(/%25([0-9a-f]{2})/gi, "%$1"));
}

const titled = (title: string | undefined) => (title === undefined ? "" : ` title="${escapeText(title)}"`);

/** The most common entities, which a text may hold by the thousand, in a table of their own for speed. */
const COMMON: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": "\u00A0" };

/** The character that an entity such as `&amp;` stands for; what is no entity stays as it is. */
export function decoded(entity: string): string {
  const common = COMMON[entity];
  if (common !== undefined) return common;
  const number = /^&#(?:x([0-9a-f]+)|([0-9]+));$/i.exec(entity);
  // Numbers of Windows' characters, and of none, are left to the library.
  const code = number === null ? 0 : number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
  return (code >= 32 && code < 127) || (code >= 160 && code < 0xd800)
    ? String.fromCharCode(code)
    : decodeHTMLStrict(entity);
}

/** A text in which backslashes and entities are replaced by the characters that they stand for. */
export function unescaped(text: string): string {
  if (!/[\\&]/.test(text)) return text;
  return text.replace(/\\([!-/:-@[-`{-~])|&[#a-z0-9]{1,32};/gi, (all, char?: string) => char ?? decoded(all));
}

const POINTED = /<([^<>\n\\]*(?:\\.[^<>\n\\]*)*)>/y;
const TITLE = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|\(([^()\\]*(?:\\[\s\S][^()\\]*)*)\)/y;

/** The part of a link after its words: `(address "title")`. @returns undefined if there is none */
export function target(text: string, at: number): Link | undefined {
  if (text[at] !== "(") return undefined;
  let end = afterSpaces(text, at + 1);
  const pointed = text[end] === "<" ? exec(POINTED, text, end) : null;
  const bare = pointed === null ? text.slice(end, endOfAddress(text, end)) : "";
  const address = unescaped(pointed?.[1] ?? bare);
  end += pointed?.[0].length ?? bare.length;
  const afterAddress = afterSpaces(text, end);
  const quoted = afterAddress > end ? exec(TITLE, text, afterAddress) : null;
  const title = quoted === null ? undefined : unescaped(quoted[1] ?? quoted[2] ?? quoted[3]!);
  end = afterSpaces(text, afterAddress + (quoted?.[0].length ?? 0));
  const tag = text[end] === ")" ? tagTo(address, title) : undefined;
  return tag === undefined ? undefined : { tag, address, title, end: end + 1 };
}

function endOfAddress(text: string, from: number): number {
  if (text[from] === "<") return from;
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 127) return depth === 0 ? at : from;
    if (code === 92 && isPunctuation(text.charCodeAt(at + 1))) at++;
    else if (code === 40 && ++depth > MAX_PARENTHESES) return from;
    else if (code === 41 && --depth < 0) return at;
  }
  return from;
}

const AUTOLINK = /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*)>/iy;
const MAIL = /<([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9][a-z0-9.-]{0,250})>/iy;

/** An address between `<` and `>`. */
export function autolink(text: string, at: number): Link | undefined {
  const found = exec(AUTOLINK, text, at) ?? exec(MAIL, text, at);
  if (found === null) return undefined;
  const address = found[1]!;
  const tag = tagTo(address.includes(":") ? address : `mailto:${address}`);
  return tag === undefined ? undefined : { tag, address, end: at + found[0].length };
}

const BARE = /:\/\/[^\s<>"'`[\]\\^{}|“”‘’«»\u3000-\u303F\uFF00-\uFF60]{3,}/y;
const NOT_LAST = /[?!.,:;*_~$]/;

/** An address that stands in the text as it is. @param at the index of its `://` */
export function bareLink(text: string, at: number): (Link & { start: number }) | undefined {
  const scheme = /(?:^|[^\p{L}\p{N}_])(https?)$/iu.exec(text.slice(Math.max(0, at - 7), at))?.[1];
  const rest = scheme === undefined ? null : exec(BARE, text, at);
  if (scheme === undefined || rest === null) return undefined;
  let end = at + rest[0].length;
  let extra = 0;
  for (const char of rest[0]) extra += char === ")" ? 1 : char === "(" ? -1 : 0;
  // Punctuation that ends the sentence, and a parenthesis around the address, do not belong to it.
  for (; NOT_LAST.test(text[end - 1]!) || (text[end - 1] === ")" && extra > 0); end--) {
    if (text[end - 1] === ")") extra--;
  }
  const start = at - scheme.length;
  const address = text.slice(start, end);
  const tag = end > at + 3 ? tagTo(address) : undefined;
  return tag === undefined ? undefined : { tag, address, start, end };
}

function exec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function afterSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t" || text[at] === "\n") at++;
  return at;
}

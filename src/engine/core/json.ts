import { visit } from "jsonc-parser";
import { LIMITS } from "./limits.ts";
import { notJson } from "./not-json.ts";
import { Problem } from "./problem.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What JSON can be made of, as programs have it: a member that is undefined is left out. */
export type JsonLike =
  | string
  | number
  | boolean
  | null
  | readonly JsonLike[]
  | { readonly [key: string]: JsonLike | undefined };

/**
 * Under this an object has the text that it was parsed from, so that publishing it again keeps its numbers digit for digit. Whoever
 * lists its keys does not meet it. A WeakMap would cost more, by what collecting its entries takes, than all else of reading a value.
 */
const TEXT = Symbol("the JSON that this was parsed from");

/**
 * A published value, as JSON text and as what that parses to. The text is what logs keep and programs are sent: as it was
 * published, without the white space between its parts. The parsed value is frozen, since all who render it share it: a
 * template that changed it would make open pages differ from fresh ones.
 */
export class JsonText {
  readonly text: string;
  #value: Json | undefined;

  /** @param text that {@link JsonText.read} accepted before, such as a log's; it is not checked again */
  constructor(text: string) {
    this.text = text;
  }

  get value(): Json {
    if (this.#value === undefined) this.#read(JSON.parse(this.text));
    return this.#value!;
  }

  #read(value: Json): void {
    if (typeof value === "object" && value !== null) Object.defineProperty(value, TEXT, { value: this });
    this.#value = frozen(value);
  }

  /**
   * Checks and parses JSON from outside.
   * @throws Problem 400 `json_invalid`, `json_limits`, `json_duplicate_key`, `json_forbidden_key`
   */
  static read(text: string): JsonText {
    let value: Json;
    try {
      value = JSON.parse(text);
    } catch {
      throw invalid(`The JSON is not valid at offset ${offsetOfError(text)}.`);
    }
    const read = new JsonText(checked(text));
    read.#read(value);
    return read;
  }

  /**
   * A value that a program made. Later changes of that value have no effect on it.
   * @throws Problem 400 `json_invalid` for what JSON cannot say, with where it is and what to publish in its place, and those of
   * {@link JsonText.read}
   */
  static of(value: Json | JsonText): JsonText {
    if (value instanceof JsonText) return value;
    const known = typeof value === "object" && value !== null ? (value as { [TEXT]?: JsonText })[TEXT] : undefined;
    // A copy of it, or what inherits from it, may have been changed.
    return known !== undefined && known.value === value ? known : JsonText.read(written(value));
  }
}

/** Checks and parses JSON from outside. @throws as {@link JsonText.read} does */
export function parseJson(text: string): Json {
  return JsonText.read(text).value;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * JSON is UTF-8; bytes that are not would silently become other characters.
 * @throws Problem 400 `json_invalid`
 */
export function decodeUtf8(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    const replaced = Buffer.from(bytes.toString());
    const offset = bytes.findIndex((byte, i) => byte !== replaced[i]);
    throw invalid(`The body is not UTF-8 at offset ${offset}.`);
  }
}

/**
 * Where JSON text has its first error. JSON.parse itself does not always say where, and quotes the text, which must not be
 * repeated.
 */
function offsetOfError(text: string): number {
  let found = text.length;
  const first = new Error("stops at the first error, as there may be as many as characters");
  const onError = (_code: number, offset: number): never => {
    found = offset;
    throw first;
  };
  try {
    visit(text, { onError }, { disallowComments: true });
  } catch (error) {
    // The visitor recurses, and so runs out of stack where JSON.parse does not.
    if (error instanceof RangeError) throw limits();
    if (error !== first) throw error;
  }
  return found;
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const NINE = 0x39;
/** No number of so many characters is too large: 1e308 has one more. */
const SURELY_FINITE = 4;
const [TAB, LF, CR, SPACE] = [0x09, 0x0a, 0x0d, 0x20];

/**
 * One pass over JSON that is known to be valid: refuses what some parsers read differently from others, or not at all.
 * @returns the text without white space between its parts
 */
function checked(text: string): string {
  /** The keys so far of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let keys = 0;
  let atKey = false;
  let kept = "";
  let from = 0;
  // By their codes: to compare characters as texts takes several times as long.
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    switch (code) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (atKey) {
          if (++keys > LIMITS.jsonKeys) throw limits();
          noteKey(open.at(-1)!, text.slice(at + 1, end - 1), at);
          atKey = false;
        }
        at = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_LIST:
        atKey = code === OPEN_OBJECT;
        open.push(atKey ? new Set() : undefined);
        if (open.length > LIMITS.jsonLevels) throw limits();
        at++;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        open.pop();
        atKey = false;
        at++;
        break;
      case COMMA:
        atKey = open.at(-1) !== undefined;
        at++;
        break;
      case COLON:
        at++;
        break;
      default:
        if (!isSpace(code)) {
          at = endOfWord(text, at);
          break;
        }
        kept += text.slice(from, at);
        while (isSpace(text.charCodeAt(at))) at++;
        from = at;
    }
  }
  return from === 0 ? text : kept + text.slice(from);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === LF || code === CR || code === TAB;
}

/** @param key what stands between its quotes */
function noteKey(keys: Set<string>, key: string, offset: number): void {
  const name = key.includes("\\") ? (JSON.parse(`"${key}"`) as string) : key;
  if (name === "__proto__") {
    throw new Problem(400, "json_forbidden_key", "The JSON has a key __proto__. Give it another name.");
  }
  if (keys.has(name)) {
    const title = `The JSON has the same key twice, the second time at offset ${offset}. Keep one: readers would differ.`;
    throw new Problem(400, "json_duplicate_key", title);
  }
  keys.add(name);
}

/** @param start where its first quote is */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === BACKSLASH) escapes--;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
}

/** A number, or a word such as `true`. */
function endOfWord(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && !isEnd(text.charCodeAt(end))) end++;
  // A double ends at 1.8e308, which takes an exponent or so many digits: most numbers are too short for both.
  const isNumber = text.charCodeAt(start) <= NINE;
  if (isNumber && end - start > SURELY_FINITE && !Number.isFinite(Number(text.slice(start, end)))) {
    throw invalid(
      `The JSON has a number at offset ${start} that is larger than numbers here can be, which is about 1.8e308.`,
    );
  }
  return end;
}

function isEnd(code: number): boolean {
  return code === COMMA || code === CLOSE_OBJECT || code === CLOSE_LIST || isSpace(code);
}

/** @throws Problem 400 `json_invalid`, `json_limits` */
function written(value: Json): string {
  try {
    const why = notJson(value);
    if (why !== undefined) throw invalid(why);
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined)
      throw invalid("The value has a toJSON() that returns nothing. Have it return what to publish.");
    return text;
  } catch (error) {
    throw error instanceof RangeError ? limits() : error; // the stack holds no more levels
  }
}

/** The same value, which nobody can change any more, nor any part of it. */
export function frozen<T extends Json>(value: T): T {
  const parts: Json[] = [value];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (typeof part === "object" && part !== null)
      for (const child of Object.values(Object.freeze(part))) parts.push(child);
  }
  return value;
}

function invalid(title: string): Problem {
  return new Problem(400, "json_invalid", title);
}

function limits(): Problem {
  return new Problem(
    400,
    "json_limits",
    `The JSON has more than ${LIMITS.jsonLevels} levels or ${LIMITS.jsonKeys} keys. Send less at once.`,
  );
}

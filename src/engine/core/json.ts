import { visit } from "jsonc-parser";
import { LIMITS } from "./limits.ts";
import { Problem } from "./problem.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The text that an object was parsed from, so that publishing that object again keeps its numbers digit for digit. */
const texts = new WeakMap<object, JsonText>();

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
    this.#value = frozen(value);
    if (typeof value === "object" && value !== null) texts.set(value, this);
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
   * @throws Problem 400 `json_invalid` for what JSON cannot carry, such as NaN, and those of {@link JsonText.read}
   */
  static of(value: Json | JsonText): JsonText {
    if (value instanceof JsonText) return value;
    const known = typeof value === "object" && value !== null ? texts.get(value) : undefined;
    return known ?? JsonText.read(written(value));
  }
}

/** Checks and parses JSON from outside. @throws as {@link JsonText.read} does */
export function parseJson(text: string): Json {
  return JsonText.read(text).value;
}

/**
 * JSON is UTF-8; bytes that are not would silently become other characters.
 * @throws Problem 400 `json_invalid`
 */
export function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
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
  for (let at = 0; at < text.length; ) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (atKey) {
          if (++keys > LIMITS.jsonKeys) throw limits();
          noteKey(open.at(-1)!, text.slice(at, end), at);
          atKey = false;
        }
        at = end;
        break;
      }
      case "{":
      case "[":
        atKey = text[at] === "{";
        open.push(atKey ? new Set() : undefined);
        if (open.length > LIMITS.jsonLevels) throw limits();
        at++;
        break;
      case "}":
      case "]":
        open.pop();
        atKey = false;
        at++;
        break;
      case ",":
        atKey = open.at(-1) !== undefined;
        at++;
        break;
      case ":":
        at++;
        break;
      case " ":
      case "\t":
      case "\n":
      case "\r":
        kept += text.slice(from, at);
        while (at < text.length && " \t\n\r".includes(text[at]!)) at++;
        from = at;
        break;
      default:
        at = endOfWord(text, at);
    }
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** @param key in its quotes */
function noteKey(keys: Set<string>, key: string, offset: number): void {
  const name = key.includes("\\") ? (JSON.parse(key) as string) : key.slice(1, -1);
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
    while (text[escapes - 1] === "\\") escapes--;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
}

/** A number, or a word such as `true`. */
function endOfWord(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && !"}], \t\n\r".includes(text[end]!)) end++;
  // A double ends at 1.8e308, which takes an exponent or so many digits.
  if (/^[-\d]/.test(text[start]!) && !Number.isFinite(Number(text.slice(start, end)))) {
    throw invalid(
      `The JSON has a number at offset ${start} that is larger than numbers here can be, which is about 1.8e308.`,
    );
  }
  return end;
}

/** @throws Problem 400 `json_invalid` */
function written(value: Json): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {} // it holds itself, or a BigInt
  if (text === undefined)
    throw invalid("The value is nothing that JSON can carry. Publish text, numbers, lists and objects.");
  // It writes null in the place of what it cannot write, which would be another value.
  if (text.includes("null") && some(value, (part) => typeof part === "number" && !Number.isFinite(part))) {
    throw invalid(
      "The value has a number that JSON cannot carry, such as NaN or Infinity. Publish null or leave it out.",
    );
  }
  return text;
}

/** Whether the test holds for a value, or for any part of it that is no object or list. */
function some(value: unknown, is: (part: unknown) => boolean): boolean {
  if (typeof value !== "object" || value === null) return is(value);
  return Object.values(value).some((part) => some(part, is));
}

function frozen(value: Json): Json {
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

import { visit } from "jsonc-parser";
import type { Json } from "./log/record.ts";
import { Problem } from "./problem.ts";

const MAX_LEVELS = 32;
const MAX_KEYS = 10_000;

/**
 * JSON from outside.
 * @throws Problem 400 `json_invalid`, `json_limits`, `json_forbidden_key`
 */
export function parseJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(`The JSON is not valid at offset ${offsetOfError(text)}.`);
  }
  check(value);
  return value;
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

/** JSON.parse does not say where, and where it does, it quotes the text. */
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
    // The visitor recurses, where JSON.parse does not.
    if (error instanceof RangeError) throw limits();
    if (error !== first) throw error;
  }
  return found;
}

/** Walks with a stack of its own, since the value may be nested deeper than calls can be. */
function check(root: Json): void {
  let keys = 0;
  const open: [value: Json, level: number][] = [[root, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, level] = next;
    if (typeof value !== "object" || value === null) continue;
    if (level > MAX_LEVELS) throw limits();
    if (Object.hasOwn(value, "__proto__")) {
      throw new Problem(400, "json_forbidden_key", "The JSON has a key __proto__. Give it another name.");
    }
    const children = Object.values(value);
    keys += Array.isArray(value) ? 0 : children.length;
    if (keys > MAX_KEYS) throw limits();
    for (const child of children) open.push([child, level + 1]);
  }
}

function invalid(title: string): Problem {
  return new Problem(400, "json_invalid", title);
}

function limits(): Problem {
  return new Problem(
    400,
    "json_limits",
    `The JSON has more than ${MAX_LEVELS} levels or ${MAX_KEYS} keys. Send less at once.`,
  );
}

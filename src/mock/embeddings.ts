import type { Json } from "../engine/core/json.ts";
import type { Turns } from "../engine/core/turns.ts";
import { Fields, oneOf, textUpTo, wholeFrom } from "./fields.ts";
import { MAX_MODEL_CHARACTERS } from "./models.ts";
import { countTokens } from "./tokens.ts";

interface Wanted {
  readonly model: string;
  readonly inputs: readonly Input[];
  readonly dimensions: number;
  readonly format: "float" | "base64";
}

/** A text, or one in tokens. */
type Input = string | readonly number[];

const MAX_INPUTS = 2_048;
const MAX_DIMENSIONS = 3_072;
/** So much of a text is looked at, in UTF-16 code units. */
const LOOKED_AT = 8_192;
/** To how many of an embedding's numbers one feature of a text adds. */
const PLACES = 8;

/** What `POST /v1/embeddings` asks. @throws ApiError */
export function wantedOf(json: Json): Wanted {
  const body = new Fields(json);
  const model = body.required("model", textUpTo(MAX_MODEL_CHARACTERS));
  const dimensions = body.optional("dimensions", wholeFrom(1, MAX_DIMENSIONS));
  const inputs = body.required("input", {
    name: `a text, or up to ${MAX_INPUTS} texts, none of them empty; or the same in tokens`,
    read: inputsIn,
  });
  return {
    model,
    inputs,
    dimensions: dimensions ?? (model.includes("large") ? 3_072 : 1_536),
    format: body.optional("encoding_format", oneOf(["float", "base64"])) ?? "float",
  };
}

/** The answer, in pieces: all of it may be many megabytes. */
export async function* embedded({ model, inputs, dimensions, format }: Wanted, turns: Turns): AsyncGenerator<string> {
  let tokens = 0;
  let comma = "";
  yield '{"object":"list","data":[';
  for (const [index, input] of inputs.entries()) {
    await turns.take();
    tokens += typeof input === "string" ? countTokens(input) : input.length;
    const vector = embed(input, dimensions);
    const embedding = format === "float" ? [...vector] : Buffer.from(vector.buffer).toString("base64");
    yield comma + JSON.stringify({ object: "embedding", index, embedding });
    comma = ",";
  }
  yield `],"model":${JSON.stringify(model)},"usage":${JSON.stringify({ prompt_tokens: tokens, total_tokens: tokens })}}`;
}

/**
 * A vector of length 1, the same for the same text, and near for near ones: each word, and every three letters in a row, adds to
 * some of its numbers, which its hash chooses.
 */
function embed(input: Input, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const [feature, weight] of featuresOf(input)) {
    let hash = hashOf(feature);
    for (let i = 0; i < PLACES; i++) {
      hash = scattered(hash + 1);
      vector[(hash >>> 1) % dimensions]! += hash % 2 === 0 ? weight : -weight;
    }
  }
  const length = Math.sqrt(vector.reduce((sum, number) => sum + number * number, 0));
  // Of what has no feature, or of features that cancel out, one number is 1.
  if (length === 0) vector[0] = 1;
  else for (let i = 0; i < dimensions; i++) vector[i]! /= length;
  return vector;
}

/** FNV-1a, of UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The end of MurmurHash 3: near numbers become numbers that are far from each other. */
function scattered(number: number): number {
  let hash = number | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** What is looked for in a text, and how much each counts: the more often it comes, the more, but not as much more. */
function featuresOf(input: Input): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number) => counts.set(feature, (counts.get(feature) ?? 0) + weight);
  if (typeof input !== "string") for (const token of input.slice(0, LOOKED_AT)) add(`token ${token}`, 1);
  else {
    const text = input.slice(0, LOOKED_AT).normalize("NFKC").toLowerCase();
    for (const [word] of text.matchAll(/[\p{L}\p{N}]{1,64}|[^\p{L}\p{N}\s]/gu)) {
      add(`word ${word}`, 3);
      const edged = ` ${word} `;
      for (let i = 0; i + 3 <= edged.length; i++) add(`part ${edged.slice(i, i + 3)}`, 1);
    }
  }
  return new Map([...counts].map(([feature, weight]) => [feature, Math.sqrt(weight)]));
}

function inputsIn(value: Json): readonly Input[] | undefined {
  const several = Array.isArray(value) && !isTokens(value);
  const inputs = several ? value : [value];
  if (inputs.length === 0 || inputs.length > MAX_INPUTS) return undefined;
  const known = inputs.every((input) => (typeof input === "string" && input !== "") || isTokens(input));
  return known ? (inputs as Input[]) : undefined;
}

function isTokens(value: Json): boolean {
  const isToken = (token: Json) => typeof token === "number" && Number.isInteger(token) && token >= 0;
  return Array.isArray(value) && value.length > 0 && value.every(isToken);
}

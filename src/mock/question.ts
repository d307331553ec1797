import { createHash } from "node:crypto";
import type { WireEvent } from "../engine/core/event.ts";
import type { Json } from "../engine/core/json.ts";
import { ApiError } from "./api-error.ts";
import { type Fields, FLAG, numberFrom, TEXT, textUpTo, wholeFrom } from "./fields.ts";
import type { AskedFormat } from "./format.ts";
import type { Identity } from "./identity.ts";
import { MAX_MODEL_CHARACTERS } from "./models.ts";
import { MAX_PACE, type Pace } from "./pace.ts";
import type { PacedEnd, TokenGroup } from "./paced-answer.ts";
import { countTokens } from "./tokens.ts";
import { boundSchemas, type Tools, toolsOf } from "./tools.ts";

/** What a request asks, whichever of the two APIs it speaks. */
export interface Question extends Tools {
  readonly model: string;
  readonly stream: boolean;
  /** The last thing that the user said; of a long text, its beginning. */
  readonly prompt: string;
  /** What a tool has answered, if that was the last thing said; of a long text, its beginning. */
  readonly toolSaid: string | undefined;
  /** A digest of all that was said: an answer may take minutes, and would hold a megabyte for as long. */
  readonly digest: string;
  /** How many tokens all that was said has. */
  readonly inputTokens: number;
  /** What the answer has to be, if it is not any text. */
  readonly format: AskedFormat | undefined;
  /** At most so many tokens of answer. */
  readonly limit: number | undefined;
  /** Texts before the first of which an answer ends. */
  readonly stop: readonly string[];
  /** How many of the likeliest tokens are told for each, if it is told at all how likely they were. */
  readonly logprobs: number | undefined;
  readonly seed: number | undefined;
  readonly pace: Partial<Pace>;
}

/** One thing said. */
export interface PromptPart {
  readonly role: string;
  readonly text: string;
}

/** One of the two APIs: how it puts a question, and the shapes of its answers. */
export interface Api<Q extends Question> {
  /** @throws ApiError */
  question(json: Json): Q;
  /** The answer as events, each made from a piece as it comes. */
  events(question: Q, identity: Identity, pieces: AsyncGenerator<TokenGroup, PacedEnd>): AsyncGenerator<WireEvent>;
  /** The answer as one object. */
  whole(question: Q, identity: Identity, tokens: TokenGroup, ending: PacedEnd): object;
}

/** So much of what was said is looked at, in UTF-16 code units: more than an answer repeats of it. */
const LOOKED_AT = 4_096;

/** What both APIs ask in the same words, and what each says in its own. */
export interface Asked {
  readonly said: readonly PromptPart[];
  /** The field that bounds the answer. */
  readonly limit: number | undefined;
  readonly format: AskedFormat | undefined;
  readonly stop?: readonly string[];
  readonly logprobs: number | undefined;
  /** Whether what a tool is called is in a field of its kind's name. */
  readonly nested: boolean;
}

export function questionOf(body: Fields, { said, limit, format, stop = [], logprobs, nested }: Asked): Question {
  const n = body.optional("n", wholeFrom(1));
  if (n !== undefined && n > 1) {
    throw new ApiError(400, "unsupported_value", "This mock gives one choice. Leave 'n' out, or send 1.", {
      param: "n",
    });
  }
  body.optional("temperature", numberFrom(0, 2));
  body.optional("top_p", numberFrom(0, 1));
  const tools = toolsOf(body, nested);
  boundSchemas(tools.asked, format?.asked ?? null);
  const input = said.map(({ text }) => text).join("\n");
  const last = said.at(-1);
  return {
    ...tools,
    format,
    model: body.required("model", textUpTo(MAX_MODEL_CHARACTERS)),
    stream: body.optional("stream", FLAG) ?? false,
    prompt: beginning(said.findLast(({ role }) => role === "user")?.text ?? "").trim(),
    toolSaid: last?.role === "tool" ? beginning(last.text) : undefined,
    digest: createHash("sha256").update(input).digest("hex"),
    inputTokens: countTokens(input),
    limit,
    stop,
    logprobs,
    seed: body.optional("seed", wholeFrom(Number.MIN_SAFE_INTEGER)),
    pace: paceOf(body),
  };
}

function beginning(text: string): string {
  // A copy: a slice would keep all that it is a slice of.
  return Buffer.from(text.trimStart().slice(0, LOOKED_AT), "utf16le").toString("utf16le");
}

/** `mock: { ttft_ms, tokens_per_second, jitter }`, which OpenAI's packages pass on as they do any field. */
function paceOf(body: Fields): Partial<Pace> {
  const mock = body.object("mock");
  const ttftMs = mock?.optional("ttft_ms", numberFrom(0, MAX_PACE.ttftMs));
  const tokensPerSecond = mock?.optional("tokens_per_second", numberFrom(1, MAX_PACE.tokensPerSecond));
  const jitter = mock?.optional("jitter", numberFrom(0, MAX_PACE.jitter));
  return {
    ...(ttftMs !== undefined && { ttftMs }),
    ...(tokensPerSecond !== undefined && { tokensPerSecond }),
    ...(jitter !== undefined && { jitter }),
  };
}

/** The text of a content: a string, or parts of which those with text count. */
export function textOf(fields: Fields, name: string): string {
  const content = fields.raw(name);
  if (content === undefined) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw fields.wrong(name, "a string or an array of parts");
  return fields
    .objects(name)!
    .map((part) => {
      part.required("type", TEXT);
      return part.optional("text", TEXT) ?? "";
    })
    .join("\n");
}

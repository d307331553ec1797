import { createHash } from "node:crypto";
import type { WireEvent } from "../event.ts";
import type { Json } from "../log/record.ts";
import { ApiError } from "./api-error.ts";
import { type Fields, FLAG, numberFrom, oneOf, TEXT, wholeFrom } from "./fields.ts";
import type { Identity } from "./identity.ts";
import { model } from "./models.ts";
import { MOST, type Pace } from "./pace.ts";
import type { Ending } from "./telling.ts";
import { countTokens } from "./tokens.ts";

/** What a request asks, whichever of the two APIs it speaks. */
export interface Question {
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
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice;
  /** At most so many tokens of answer. */
  readonly limit: number | undefined;
  readonly seed: number | undefined;
  readonly pace: Partial<Pace>;
}

export interface Tool {
  readonly name: string;
  /** A JSON schema. */
  readonly parameters: Json;
}

/** A tool by its name, any tool, one if the prompt asks for it, or none. */
export type ToolChoice = { readonly name: string } | "required" | "auto" | "none";

/** One thing said. */
export interface Said {
  readonly role: string;
  readonly text: string;
}

/** One of the two APIs: how it puts a question, and the shapes of its answers. */
export interface Api<Q extends Question> {
  /** @throws ApiError */
  question(json: Json): Q;
  /** The answer as events, each made from a piece as it comes. */
  events(question: Q, identity: Identity, pieces: AsyncGenerator<string, Ending>): AsyncGenerator<WireEvent>;
  /** The answer as one object. */
  whole(question: Q, identity: Identity, text: string, ending: Ending): object;
}

/** So much of what was said is looked at, in UTF-16 code units: more than an answer repeats of it. */
const LOOKED_AT = 4_096;

/** What both APIs ask in the same words. @param limit the field that bounds the answer */
export function commonOf(body: Fields, said: readonly Said[], limit: number | undefined) {
  const n = body.optional("n", wholeFrom(1));
  if (n !== undefined && n > 1) {
    throw new ApiError(400, "unsupported_value", "This mock gives one choice. Leave 'n' out, or send 1.", {
      param: "n",
    });
  }
  body.optional("temperature", numberFrom(0, 2));
  body.optional("top_p", numberFrom(0, 1));
  const input = said.map(({ text }) => text).join("\n");
  const last = said.at(-1);
  return {
    model: model(body.required("model", TEXT)).id,
    stream: body.optional("stream", FLAG) ?? false,
    prompt: beginning(said.findLast(({ role }) => role === "user")?.text ?? "").trim(),
    toolSaid: last?.role === "tool" ? beginning(last.text) : undefined,
    digest: createHash("sha256").update(input).digest("hex"),
    inputTokens: countTokens(input),
    limit,
    seed: body.optional("seed", wholeFrom(Number.MIN_SAFE_INTEGER)),
    pace: paceOf(body),
  };
}

function beginning(text: string): string {
  return text.trimStart().slice(0, LOOKED_AT);
}

/** `mock: { ttft_ms, tokens_per_second, jitter }`, which OpenAI's packages pass on as they do any field. */
function paceOf(body: Fields): Partial<Pace> {
  const mock = body.object("mock");
  const ttftMs = mock?.optional("ttft_ms", numberFrom(0, MOST.ttftMs));
  const tokensPerSecond = mock?.optional("tokens_per_second", numberFrom(1, MOST.tokensPerSecond));
  const jitter = mock?.optional("jitter", numberFrom(0, MOST.jitter));
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

/** @param nested whether a tool's name and parameters are in its field `function` */
export function toolsOf(body: Fields, nested: boolean): Pick<Question, "tools" | "choice"> {
  const tools = (body.objects("tools") ?? []).flatMap((tool) => {
    // Tools that OpenAI runs itself, such as a web search, are not called here.
    if (tool.required("type", TEXT) !== "function") return [];
    const fields = nested ? tool.object("function") : tool;
    if (fields === undefined) throw tool.missing("function");
    return [{ name: fields.required("name", TEXT), parameters: fields.raw("parameters") ?? {} }];
  });
  return { tools, choice: choiceOf(body, nested, tools) };
}

function choiceOf(body: Fields, nested: boolean, tools: readonly Tool[]): ToolChoice {
  const raw = body.raw("tool_choice");
  if (raw === undefined) return "auto";
  const named = typeof raw === "object" ? body.object("tool_choice")! : undefined;
  if (named === undefined) {
    const word = body.required("tool_choice", oneOf(["none", "auto", "required"])) as "none" | "auto" | "required";
    if (word === "required" && tools.length === 0) throw body.wrong("tool_choice", "'auto', as there are no tools");
    return word;
  }
  const fields = nested ? named.object("function") : named;
  if (fields === undefined) throw named.missing("function");
  const name = fields.required("name", oneOf(tools.map((tool) => tool.name)));
  return { name };
}

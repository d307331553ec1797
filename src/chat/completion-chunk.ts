import type { HeardText } from "./model.ts";

/** One chunk of an OpenAI-compatible stream, read as services really write them. */
export interface CompletionChunk {
  readonly heard: readonly HeardText[];
  /** Why the answer is over, where it is. */
  readonly finish: string | undefined;
  /** Parts of the tools that the model asks for. */
  readonly calls: readonly CallPart[];
  /** What the service says of its own failure, where it has failed. */
  readonly error: string | undefined;
}

/** A part of one tool's call: the first one names it, and each has more of what it is called with. */
export interface CallPart {
  /** Which of the calls it belongs to. */
  readonly index: number;
  readonly name: string;
  readonly input: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a chunk. @param json may be anything: nothing of it is relied on */
export function chunkOf(json: unknown): CompletionChunk {
  const { error, choices } = fieldsOf(json);
  const choice = fieldsOf(Array.isArray(choices) ? choices[0] : undefined);
  // Some services write the whole message where a part of it belongs.
  const part = fieldsOf(choice.delta ?? choice.message);
  return {
    heard: [
      ...textsOf("thinking", part.reasoning_content ?? part.reasoning),
      ...contentOf(part.content),
      // A refusal is what the model says, too.
      ...textsOf("text", part.refusal),
    ],
    // "" in each chunk means nothing.
    finish: typeof choice.finish_reason === "string" && choice.finish_reason !== "" ? choice.finish_reason : undefined,
    calls: callsOf(part.tool_calls ?? part.function_call),
    error: error === undefined || error === null ? undefined : messageOf(error),
  };
}

/** A list of calls; or, as services wrote it before there were several, the one. */
function callsOf(calls: unknown): CallPart[] {
  const all = Array.isArray(calls) ? calls : calls === undefined || calls === null ? [] : [{ function: calls }];
  return all.map((call, i) => {
    const { index, function: called, custom } = fieldsOf(call);
    const { name, arguments: given, input } = fieldsOf(called ?? custom);
    return { index: Number.isInteger(index) ? Number(index) : i, name: textOf(name), input: textOf(given ?? input) };
  });
}

/** Some services write as an object what others write as JSON. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
}

/** What an error says, whether it is a text, or has a message. */
export function messageOf(error: unknown): string {
  const { message } = fieldsOf(error);
  return typeof message === "string" ? message : typeof error === "string" ? error : JSON.stringify(error);
}

/** A text, or a list of parts: texts and thoughts count, references and other things do not. */
function contentOf(content: unknown): HeardText[] {
  if (!Array.isArray(content)) return textsOf("text", content);
  return content.flatMap((part) => {
    const { type, text, thinking } = fieldsOf(part);
    if (type === "thinking" || type === "reasoning") return textsOf("thinking", thinking ?? text);
    return type === "text" || type === "output_text" ? textsOf("text", text) : [];
  });
}

function textsOf(kind: HeardText["kind"], value: unknown): HeardText[] {
  if (Array.isArray(value)) return value.flatMap((part) => textsOf(kind, fieldsOf(part).text));
  return typeof value === "string" && value !== "" ? [{ kind, text: value }] : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

import type { WireEvent } from "../engine/core/event.ts";
import type { Json } from "../engine/core/json.ts";
import { Fields, FLAG, type Kind, oneOf, TEXT, wholeFrom } from "./fields.ts";
import { responseFormat } from "./format.ts";
import type { Identity } from "./identity.ts";
import { logprobsOf } from "./logprobs.ts";
import type { PacedEnd, TokenGroup } from "./paced-answer.ts";
import { type Api, type PromptPart, type Question, questionOf, textOf } from "./question.ts";

interface CompletionQuestion extends Question {
  readonly includeUsage: boolean;
}

/** `POST /v1/chat/completions` */
export const completions: Api<CompletionQuestion> = { question, events, whole };

const ROLES = oneOf(["developer", "system", "user", "assistant", "tool", "function"]);

function question(json: Json): CompletionQuestion {
  const body = new Fields(json);
  const messages = body.objects("messages");
  if (messages === undefined) throw body.missing("messages");
  if (messages.length === 0) throw body.wrong("messages", "at least one message");
  const said = messages.map((message): PromptPart => {
    const role = message.required("role", ROLES);
    if (message.raw("content") === undefined && role !== "assistant") throw message.missing("content");
    if (role === "tool") message.required("tool_call_id", TEXT);
    return { role, text: textOf(message, "content") };
  });
  const most = body.optional("max_completion_tokens", wholeFrom(1)) ?? body.optional("max_tokens", wholeFrom(1));
  const usage = body.object("stream_options")?.raw("include_usage");
  const stop = body.optional("stop", STOP);
  const asked = { said, limit: most, format: responseFormat(body), logprobs: topOf(body), nested: true };
  const common = questionOf(body, stop === undefined ? asked : { ...asked, stop });
  return { ...common, includeUsage: usage === true };
}

const MAX_STOPS = 4;
const MAX_STOP_CHARACTERS = 256;
const isStop = (value: unknown) => typeof value === "string" && value !== "" && value.length <= MAX_STOP_CHARACTERS;

const STOP: Kind<readonly string[]> = {
  name: `up to ${MAX_STOPS} strings of 1 to ${MAX_STOP_CHARACTERS} characters`,
  read: (value) => {
    const stops = Array.isArray(value) ? value : [value];
    return stops.length <= MAX_STOPS && stops.every(isStop) ? (stops as string[]) : undefined;
  },
};

/** How many of the likeliest tokens are told, where it is told how likely they were. */
function topOf(body: Fields): number | undefined {
  const wanted = body.optional("logprobs", FLAG) ?? false;
  const top = body.optional("top_logprobs", wholeFrom(0, 20));
  if (top !== undefined && !wanted) throw body.wrong("top_logprobs", "to be sent with 'logprobs': true, or not at all");
  return wanted ? (top ?? 0) : undefined;
}

async function* events(
  question: CompletionQuestion,
  { id, created, tool }: Identity,
  pieces: AsyncGenerator<TokenGroup, PacedEnd>,
): AsyncGenerator<WireEvent> {
  const { model, includeUsage, logprobs: top } = question;
  const head = { id: `chatcmpl-${id}`, object: "chat.completion.chunk", created, model, ...BACKEND };
  const event = (choices: readonly object[], usage: object | null = null): WireEvent => ({
    data: JSON.stringify({ ...head, choices, ...(includeUsage && { usage }) }),
  });
  const choice = (delta: object, finish: PacedEnd["finish"] | null = null, logprobs: object | null = null) =>
    event([{ index: 0, delta, logprobs, finish_reason: finish }]);

  const first = tool ? { content: null, tool_calls: [{ index: 0, ...callOf(tool, "") }] } : { content: "" };
  let begun = false;
  let next = await pieces.next();
  for (; !next.done; next = await pieces.next()) {
    // Only now: the first token is what its time is counted to.
    if (!begun) yield choice({ role: "assistant", ...first, refusal: null });
    begun = true;
    const text = next.value.join("");
    if (tool) yield choice({ tool_calls: [{ index: 0, ...moreOf(tool, text) }] });
    else yield choice({ content: text }, null, likelihood(next.value, top));
  }
  if (!begun) yield choice({ role: "assistant", ...first, refusal: null });
  yield choice({}, next.value.finish);
  if (includeUsage) yield event([], usageOf(question, next.value));
  yield { data: "[DONE]" };
}

/** The call of a tool, with as much as there is of what it is called with. */
function callOf({ id, name, kind }: NonNullable<Identity["tool"]>, text: string) {
  const called = { id: `call_${id}`, type: kind };
  return kind === "custom"
    ? { ...called, custom: { name, input: text } }
    : { ...called, function: { name, arguments: text } };
}

/** More of it. */
function moreOf({ kind }: NonNullable<Identity["tool"]>, text: string) {
  return kind === "custom" ? { custom: { input: text } } : { function: { arguments: text } };
}

function likelihood(tokens: TokenGroup, top: number | undefined) {
  const content = logprobsOf(tokens, top);
  return content === undefined ? null : { content, refusal: null };
}

function whole(question: Question, { id, created, tool }: Identity, tokens: TokenGroup, ending: PacedEnd) {
  const text = tokens.join("");
  const said = tool ? { content: null, tool_calls: [callOf(tool, text)] } : { content: text };
  const logprobs = tool ? null : likelihood(tokens, question.logprobs);
  const message = { role: "assistant", ...said, refusal: null, annotations: [] };
  return {
    id: `chatcmpl-${id}`,
    object: "chat.completion",
    created,
    model: question.model,
    ...BACKEND,
    choices: [{ index: 0, message, logprobs, finish_reason: ending.finish }],
    usage: usageOf(question, ending),
  };
}

const BACKEND = { service_tier: "default", system_fingerprint: "fp_b400c1e700" };

function usageOf({ inputTokens: prompt }: Question, { tokens }: PacedEnd) {
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens,
    total_tokens: prompt + tokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

import type { Identity } from "./identity.ts";
import { logprobsOf } from "./logprobs.ts";
import type { PacedEnd, TokenGroup } from "./paced-answer.ts";
import type { Question } from "./question.ts";

type Status = "in_progress" | "completed" | "incomplete";

/** The object that all events of the responses API are about: as it is before it has said anything, or as it has ended. */
export function responseOf(
  question: Question,
  identity: Identity,
  whole?: { readonly tokens: TokenGroup; readonly ending: PacedEnd },
) {
  const { id, created } = identity;
  const { model, inputTokens, limit, asked, format, logprobs } = question;
  const cutShort = whole?.ending.finish === "length";
  const status: Status = whole === undefined ? "in_progress" : cutShort ? "incomplete" : "completed";
  return {
    id: `resp_${id}`,
    object: "response",
    created_at: created,
    status,
    background: false,
    error: null,
    incomplete_details: cutShort ? { reason: "max_output_tokens" } : null,
    instructions: null,
    max_output_tokens: limit ?? null,
    metadata: {},
    model,
    output: whole === undefined ? [] : [itemOf(identity, whole.tokens, status, logprobs)],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: false,
    temperature: 1,
    text: { format: format?.asked ?? { type: "text" } },
    ...asked,
    top_p: 1,
    truncation: "disabled",
    usage: whole === undefined ? null : usageOf(inputTokens, whole.ending.tokens),
    user: null,
  };
}

/** The one thing in a response: a message, or the call of a tool. */
export function itemOf(
  { id, tool }: Identity,
  tokens: TokenGroup = [],
  status: Status = "in_progress",
  logprobs?: number | undefined,
) {
  if (tool !== undefined) {
    const { id: call, name, kind } = tool;
    const called = { status, call_id: `call_${call}`, name };
    const text = tokens.join("");
    return kind === "custom"
      ? { id: `ctc_${id}`, type: "custom_tool_call", ...called, input: text }
      : { id: `fc_${id}`, type: "function_call", ...called, arguments: text };
  }
  // Before it has said anything it has no part.
  const content = status === "in_progress" ? [] : [partOf(tokens, logprobs)];
  return { id: `msg_${id}`, type: "message", status, role: "assistant", content };
}

export function partOf(tokens: TokenGroup, logprobs?: number | undefined) {
  return {
    type: "output_text",
    annotations: [],
    logprobs: logprobsOf(tokens, logprobs) ?? [],
    text: tokens.join(""),
  };
}

function usageOf(input: number, output: number) {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}

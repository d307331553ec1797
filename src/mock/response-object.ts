import type { Identity } from "./identity.ts";
import type { Question } from "./question.ts";
import type { Ending } from "./telling.ts";

type Status = "in_progress" | "completed" | "incomplete";

/** The object that all events of the responses API are about: as it is before it has said anything, or as it has ended. */
export function responseOf(
  question: Question,
  identity: Identity,
  whole?: { readonly text: string; readonly ending: Ending },
) {
  const { id, created } = identity;
  const { model, inputTokens, limit, choice, tools } = question;
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
    output: whole === undefined ? [] : [itemOf(identity, whole.text, status)],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: false,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: typeof choice === "object" ? { type: "function", name: choice.name } : choice,
    tools: tools.map(({ name, parameters }) => ({
      type: "function",
      name,
      parameters,
      strict: false,
      description: null,
    })),
    top_p: 1,
    truncation: "disabled",
    usage: whole === undefined ? null : usageOf(inputTokens, whole.ending.tokens),
    user: null,
  };
}

/** The one thing in a response: a message, or the call of a tool. */
export function itemOf({ id, tool }: Identity, text: string, status: Status = "in_progress") {
  if (tool !== undefined) {
    const { id: call, name } = tool;
    return { id: `fc_${id}`, type: "function_call", status, call_id: `call_${call}`, name, arguments: text };
  }
  // Before it has said anything it has no part.
  const content = status === "in_progress" ? [] : [partOf(text)];
  return { id: `msg_${id}`, type: "message", status, role: "assistant", content };
}

export function partOf(text: string) {
  return { type: "output_text", annotations: [], logprobs: [], text };
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

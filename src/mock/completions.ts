import type { WireEvent } from "../event.ts";
import type { Json } from "../log/record.ts";
import { Fields, oneOf, TEXT, wholeFrom } from "./fields.ts";
import type { Identity } from "./identity.ts";
import { type Api, commonOf, type Question, type Said, textOf, toolsOf } from "./question.ts";
import type { Ending } from "./telling.ts";

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
  const said = messages.map((message): Said => {
    const role = message.required("role", ROLES);
    if (message.raw("content") === undefined && role !== "assistant") throw message.missing("content");
    if (role === "tool") message.required("tool_call_id", TEXT);
    return { role, text: textOf(message, "content") };
  });
  const most = body.optional("max_completion_tokens", wholeFrom(1)) ?? body.optional("max_tokens", wholeFrom(1));
  const usage = body.object("stream_options")?.raw("include_usage");
  return { ...commonOf(body, said, most), ...toolsOf(body, true), includeUsage: usage === true };
}

async function* events(
  question: CompletionQuestion,
  { id, created, tool }: Identity,
  pieces: AsyncGenerator<string, Ending>,
): AsyncGenerator<WireEvent> {
  const { model, includeUsage } = question;
  const head = { id: `chatcmpl-${id}`, object: "chat.completion.chunk", created, model, ...BACKEND };
  const event = (choices: readonly object[], usage: object | null = null): WireEvent => ({
    data: JSON.stringify({ ...head, choices, ...(includeUsage && { usage }) }),
  });
  const choice = (delta: object, finish: Ending["finish"] | null = null) =>
    event([{ index: 0, delta, logprobs: null, finish_reason: finish }]);

  const call = tool && {
    index: 0,
    id: `call_${tool.id}`,
    type: "function",
    function: { name: tool.name, arguments: "" },
  };
  const first = call ? { content: null, tool_calls: [call] } : { content: "" };
  let begun = false;
  let next = await pieces.next();
  for (; !next.done; next = await pieces.next()) {
    // Only now: the first token is what its time is counted to.
    if (!begun) yield choice({ role: "assistant", ...first, refusal: null });
    begun = true;
    const text = next.value;
    yield choice(tool ? { tool_calls: [{ index: 0, function: { arguments: text } }] } : { content: text });
  }
  if (!begun) yield choice({ role: "assistant", ...first, refusal: null });
  yield choice({}, next.value.finish);
  if (includeUsage) yield event([], usageOf(question, next.value));
  yield { data: "[DONE]" };
}

function whole(question: Question, { id, created, tool }: Identity, text: string, ending: Ending) {
  const call = tool && { id: `call_${tool.id}`, type: "function", function: { name: tool.name, arguments: text } };
  const said = call ? { content: null, tool_calls: [call] } : { content: text };
  const message = { role: "assistant", ...said, refusal: null, annotations: [] };
  return {
    id: `chatcmpl-${id}`,
    object: "chat.completion",
    created,
    model: question.model,
    ...BACKEND,
    choices: [{ index: 0, message, logprobs: null, finish_reason: ending.finish }],
    usage: usageOf(question, ending),
  };
}

const BACKEND = { service_tier: "default", system_fingerprint: "fp_b400c1e700" };

function usageOf({ inputTokens: prompt }: Question, { tokens }: Ending) {
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

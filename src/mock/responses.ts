import type { WireEvent } from "../engine/core/event.ts";
import type { Json } from "../engine/core/json.ts";
import { ApiError } from "./api-error.ts";
import { Fields, type Kind, TEXT, wholeFrom } from "./fields.ts";
import { textFormat } from "./format.ts";
import type { Identity } from "./identity.ts";
import { logprobsOf } from "./logprobs.ts";
import type { PacedEnd, TokenGroup } from "./paced-answer.ts";
import { type Api, type PromptPart, type Question, questionOf, textOf } from "./question.ts";
import { itemOf, partOf, responseOf } from "./response-object.ts";

/** `POST /v1/responses` */
export const responses: Api<Question> = { question, events, whole };

function question(json: Json): Question {
  const body = new Fields(json);
  if (body.raw("previous_response_id") !== undefined) {
    const message = "This mock keeps no responses. Send the whole conversation as 'input'.";
    throw new ApiError(400, "previous_response_not_found", message, { param: "previous_response_id" });
  }
  const input = body.raw("input");
  if (input === undefined) throw body.missing("input");
  const said = typeof input === "string" ? [{ role: "user", text: input }] : (body.objects("input") ?? []).map(saidBy);
  const instructions = body.optional("instructions", TEXT);
  if (instructions !== undefined) said.unshift({ role: "system", text: instructions });
  const limit = body.optional("max_output_tokens", wholeFrom(1));
  const top = body.optional("top_logprobs", wholeFrom(0, 20));
  const wanted = top !== undefined || (body.optional("include", LIST) ?? []).includes("message.output_text.logprobs");
  const logprobs = wanted ? (top ?? 0) : undefined;
  return questionOf(body, { said, limit, format: textFormat(body), logprobs, nested: false });
}

const LIST: Kind<readonly Json[]> = {
  name: "an array",
  read: (value) => (Array.isArray(value) ? value : undefined),
};

function saidBy(item: Fields): PromptPart {
  const type = item.optional("type", TEXT) ?? "message";
  if (type.endsWith("_output")) return { role: "tool", text: outputOf(item) };
  if (type === "message") return { role: item.required("role", TEXT), text: textOf(item, "content") };
  return { role: "assistant", text: "" };
}

/** What a tool has said: a text, parts, or what is no text, such as a screen shot. */
function outputOf(item: Fields): string {
  const output = item.raw("output");
  return typeof output === "string" || Array.isArray(output) ? textOf(item, "output") : "";
}

/** Typed, and numbered from 0. */
async function* events(
  question: Question,
  identity: Identity,
  pieces: AsyncGenerator<TokenGroup, PacedEnd>,
): AsyncGenerator<WireEvent> {
  let sequence = 0;
  const event = (type: string, fields: object): WireEvent => ({
    event: type,
    data: JSON.stringify({ type, sequence_number: sequence++, ...fields }),
  });
  const { tool } = identity;
  const kind = `response.${tool === undefined ? "output_text" : CALLED[tool.kind]}`;
  const at = { item_id: itemOf(identity).id, output_index: 0, ...(tool ? {} : { content_index: 0 }) };
  const logprobs = (tokens: TokenGroup) => (tool ? {} : { logprobs: logprobsOf(tokens, question.logprobs) ?? [] });

  yield event("response.created", { response: responseOf(question, identity) });
  yield event("response.in_progress", { response: responseOf(question, identity) });
  let next = await pieces.next();
  yield event("response.output_item.added", { output_index: 0, item: itemOf(identity) });
  if (!tool) yield event("response.content_part.added", { ...at, part: partOf([]) });
  const tokens: string[] = [];
  for (; !next.done; next = await pieces.next()) {
    tokens.push(...next.value);
    yield event(`${kind}.delta`, { ...at, delta: next.value.join(""), ...logprobs(next.value) });
  }
  const text = tokens.join("");
  if (tool?.kind === "custom") yield event(`${kind}.done`, { ...at, input: text });
  else if (tool) yield event(`${kind}.done`, { ...at, name: tool.name, arguments: text });
  else {
    yield event(`${kind}.done`, { ...at, text, ...logprobs(tokens) });
    yield event("response.content_part.done", { ...at, part: partOf(tokens, question.logprobs) });
  }
  const response = responseOf(question, identity, { tokens, ending: next.value });
  yield event("response.output_item.done", { output_index: 0, item: response.output[0] });
  yield event(`response.${response.status}`, { response });
}

/** How the events are called that tell what a tool is called with. */
const CALLED = { function: "function_call_arguments", custom: "custom_tool_call_input" };

function whole(question: Question, identity: Identity, tokens: TokenGroup, ending: PacedEnd) {
  return responseOf(question, identity, { tokens, ending });
}

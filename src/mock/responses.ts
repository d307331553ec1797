import type { WireEvent } from "../event.ts";
import type { Json } from "../log/record.ts";
import { ApiError } from "./api-error.ts";
import { Fields, TEXT, wholeFrom } from "./fields.ts";
import type { Identity } from "./identity.ts";
import { type Api, commonOf, type Question, type Said, textOf, toolsOf } from "./question.ts";
import { itemOf, partOf, responseOf } from "./response-object.ts";
import type { Ending } from "./telling.ts";

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
  return { ...commonOf(body, said, body.optional("max_output_tokens", wholeFrom(1))), ...toolsOf(body, false) };
}

function saidBy(item: Fields): Said {
  const type = item.optional("type", TEXT) ?? "message";
  if (type === "function_call_output") return { role: "tool", text: textOf(item, "output") };
  if (type === "message") return { role: item.required("role", TEXT), text: textOf(item, "content") };
  return { role: "assistant", text: "" };
}

/** Typed, and numbered from 0. */
async function* events(
  question: Question,
  identity: Identity,
  pieces: AsyncGenerator<string, Ending>,
): AsyncGenerator<WireEvent> {
  let sequence = 0;
  const event = (type: string, fields: object): WireEvent => ({
    event: type,
    data: JSON.stringify({ type, sequence_number: sequence++, ...fields }),
  });
  const { tool } = identity;
  const kind = tool ? "response.function_call_arguments" : "response.output_text";
  const at = { item_id: itemOf(identity, "").id, output_index: 0, ...(tool ? {} : { content_index: 0 }) };
  const logprobs = tool ? {} : { logprobs: [] };

  yield event("response.created", { response: responseOf(question, identity) });
  yield event("response.in_progress", { response: responseOf(question, identity) });
  let next = await pieces.next();
  yield event("response.output_item.added", { output_index: 0, item: itemOf(identity, "") });
  if (!tool) yield event("response.content_part.added", { ...at, part: partOf("") });
  let text = "";
  for (; !next.done; next = await pieces.next()) {
    text += next.value;
    yield event(`${kind}.delta`, { ...at, delta: next.value, ...logprobs });
  }
  if (tool) yield event(`${kind}.done`, { ...at, name: tool.name, arguments: text });
  else {
    yield event(`${kind}.done`, { ...at, text, ...logprobs });
    yield event("response.content_part.done", { ...at, part: partOf(text) });
  }
  const response = responseOf(question, identity, { text, ending: next.value });
  yield event("response.output_item.done", { output_index: 0, item: response.output[0] });
  yield event(`response.${response.status}`, { response });
}

function whole(question: Question, identity: Identity, text: string, ending: Ending) {
  return responseOf(question, identity, { text, ending });
}

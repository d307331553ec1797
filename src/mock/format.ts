import type { Json } from "../engine/core/json.ts";
import { type Fields, oneOf, textUpTo } from "./fields.ts";

/** What an answer has to be: JSON that a schema accepts. */
export interface Format {
  readonly schema: Json;
  /** Where the schema is in the request. */
  readonly path: string;
}

/** As it was asked for, which the responses API repeats. */
export interface AskedFormat extends Format {
  readonly asked: Json;
}

/** That of `json_object`, which asks for an object and does not say which. */
const SOME_OBJECT: Json = { type: "object", properties: { answer: { type: "string" } } };

/** `response_format` of chat completions. */
export function responseFormat(body: Fields): AskedFormat | undefined {
  const format = body.object("response_format");
  const asked = body.raw("response_format");
  return format && formatOf(format, asked!, () => format.object("json_schema"), "json_schema");
}

/** `text.format` of the responses API. */
export function textFormat(body: Fields): AskedFormat | undefined {
  const text = body.object("text");
  const format = text?.object("format");
  return format && formatOf(format, text!.raw("format")!, () => format, "schema");
}

function formatOf(
  format: Fields,
  asked: Json,
  find: () => Fields | undefined,
  missing: string,
): AskedFormat | undefined {
  const type = format.required("type", oneOf(["text", "json_object", "json_schema"]));
  if (type === "text") return undefined;
  if (type === "json_object") return { schema: SOME_OBJECT, path: format.at("type"), asked };
  const named = find();
  if (named === undefined) throw format.missing(missing);
  named.required("name", textUpTo(128));
  const schema = named.raw("schema");
  if (schema === undefined) throw named.missing("schema");
  return { schema, path: named.at("schema"), asked };
}

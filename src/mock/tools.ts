import type { Json } from "../engine/core/json.ts";
import { ApiError } from "./api-error.ts";
import { type Fields, oneOf, TEXT, textUpTo } from "./fields.ts";

export interface Tool {
  readonly name: string;
  /** Called with JSON that a schema accepts, or with some text. */
  readonly kind: "function" | "custom";
  readonly parameters: Json;
  /** Where its parameters are in the request: `tools[0].function.parameters`. */
  readonly path: string;
}

/** A tool by its name, any tool, one if the prompt asks for it, or none. */
export type ToolChoice = { readonly name: string } | "required" | "auto" | "none";

/** What of the tools a request lets be called, and how it said so. */
export interface Tools {
  /** Those that may be called: not those that OpenAI runs itself, such as a web search. */
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice;
  /** `tools` and `tool_choice` as they came, which the responses API repeats. */
  readonly asked: { readonly tools: Json; readonly tool_choice: Json };
}

const MAX_NAME_CHARACTERS = 128;
const WORDS = oneOf(["none", "auto", "required"]);

/** @param nested whether what a tool is called is in a field of its kind's name, as chat completions have it */
export function toolsOf(body: Fields, nested: boolean): Tools {
  const all = body.objects("tools") ?? [];
  const tools = all.flatMap((tool) => {
    const kind = tool.required("type", TEXT);
    if (kind !== "function" && kind !== "custom") return [];
    const fields = within(tool, kind, nested);
    const name = fields.required("name", textUpTo(MAX_NAME_CHARACTERS));
    return [{ name, kind, parameters: fields.raw("parameters") ?? {}, path: fields.at("parameters") } satisfies Tool];
  });
  const asked = { tools: body.raw("tools") ?? [], tool_choice: body.raw("tool_choice") ?? "auto" };
  return { ...chosen(body, nested, tools, all.length > 0), asked };
}

function chosen(body: Fields, nested: boolean, tools: readonly Tool[], any: boolean): Pick<Tools, "tools" | "choice"> {
  const raw = body.raw("tool_choice");
  if (raw === undefined) return { tools, choice: "auto" };
  if (typeof raw === "string") {
    const choice = body.required("tool_choice", WORDS);
    if (choice === "required" && !any) throw body.wrong("tool_choice", "'auto', as there are no tools");
    return { tools, choice };
  }
  const named = body.object("tool_choice")!;
  const kind = named.required("type", TEXT);
  if (kind === "allowed_tools") return allowed(nested ? inside(named, kind) : named, nested, tools);
  // One that OpenAI runs itself is run nowhere here: it is answered without.
  if (kind !== "function" && kind !== "custom") return { tools, choice: "none" };
  return { tools, choice: { name: nameOf(named, kind, nested, tools) } };
}

/** Some of the tools: any of them, or the one that must be called. */
function allowed(fields: Fields, nested: boolean, tools: readonly Tool[]): Pick<Tools, "tools" | "choice"> {
  const choice = fields.required("mode", oneOf(["auto", "required"]));
  const listed = fields.objects("tools");
  if (listed === undefined) throw fields.missing("tools");
  const names = listed.flatMap((tool) => {
    const kind = tool.required("type", TEXT);
    return kind === "function" || kind === "custom" ? [nameOf(tool, kind, nested, tools)] : [];
  });
  return { tools: tools.filter(({ name }) => names.includes(name)), choice };
}

function nameOf(fields: Fields, kind: string, nested: boolean, tools: readonly Tool[]): string {
  return within(fields, kind, nested).required("name", oneOf(tools.map(({ name }) => name)));
}

function within(fields: Fields, kind: string, nested: boolean): Fields {
  return nested ? inside(fields, kind) : fields;
}

/** @throws ApiError 400 `missing_required_parameter` */
function inside(fields: Fields, name: string): Fields {
  const found = fields.object(name);
  if (found === undefined) throw fields.missing(name);
  return found;
}

/** How long all schemas of a request may be together, as JSON: they are held for as long as its answer lasts. */
const MAX_SCHEMAS_CHARACTERS = 128 * 1024;

/** @throws ApiError 400 `schemas_too_large` */
export function boundSchemas(...schemas: readonly (Json | Tools["asked"])[]): void {
  if (JSON.stringify(schemas).length <= MAX_SCHEMAS_CHARACTERS) return;
  const message = `The tools and schemas are over ${MAX_SCHEMAS_CHARACTERS / 1024} KiB together. Send less of them.`;
  throw new ApiError(400, "schemas_too_large", message, { param: "tools" });
}

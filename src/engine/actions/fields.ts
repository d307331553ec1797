import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { FormFields, SentFields } from "./action.ts";
import { FieldsRefused, refuse } from "./refuse.ts";

/** What a form sent. Browsers end its lines with CRLF, whatever was typed. */
export function sentFields(form: URLSearchParams): SentFields {
  // In one pass: to look for each name in all of the form would take seconds where a body is made of nothing but names.
  const fields = new Map<string, string[]>();
  for (const [name, raw] of form) {
    if (name.startsWith("_")) continue;
    const value = raw.replaceAll("\r\n", "\n");
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}

/**
 * The fields as an action is given them.
 * @throws Problem 422 `fields_refused` with the reason of each, 422 `action_refused` where the schema refuses the whole
 */
export async function readFields(schema: StandardSchemaV1 | undefined, sent: SentFields): Promise<unknown> {
  if (schema === undefined) return firsts(sent);
  const result = await validated(schema, sent);
  if (result.issues === undefined) return result.value;
  const reasons = new Map<string, string>();
  const whole: string[] = [];
  for (const { message, path } of result.issues) {
    const name = nameOf(path);
    if (name === undefined) whole.push(message);
    else if (!reasons.has(name)) reasons.set(name, message); // the first thing to mend is enough
  }
  if (reasons.size === 0) refuse(whole.join(" "));
  throw new FieldsRefused(Object.fromEntries(reasons));
}

/**
 * Zod first tries whether all of a schema answers at once, and lets go of the promises that it meets: one of them that rejects
 * would end the process, whatever a visitor typed. Asked so that it awaits them, it tries once.
 */
async function validated(schema: StandardSchemaV1 & Zod, sent: SentFields): Promise<StandardSchemaV1.Result<unknown>> {
  if (schema["~standard"].vendor !== "zod" || schema.safeParseAsync === undefined)
    return schema["~standard"].validate(sent);
  const { data, error } = await schema.safeParseAsync(sent);
  return error === undefined ? { value: data } : error;
}

interface Zod {
  safeParseAsync?(value: unknown): Promise<{ data?: unknown; error?: StandardSchemaV1.FailureResult }>;
}

function firsts(sent: SentFields): FormFields {
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value].flat()[0]]));
}

function nameOf(path: StandardSchemaV1.Issue["path"]): string | undefined {
  const first = path?.[0];
  const key = typeof first === "object" ? first.key : first;
  return key === undefined ? undefined : String(key);
}

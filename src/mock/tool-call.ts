import type { Json } from "../log/record.ts";

type Schema = { readonly [key: string]: Json };

/** Schemas may hold themselves; no arguments need to be deeper. */
const DEEPEST = 5;

/** Arguments that a JSON schema allows, with `about` wherever it wants some text. */
export function argumentsFor(schema: Json, about: string): Json {
  const made = sample(asSchema(schema), about || "example", 0);
  return typeof made === "object" && made !== null ? made : {};
}

function sample(schema: Schema, about: string, depth: number): Json {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0]!;
  if (depth === DEEPEST) return null;
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return [sample(asSchema(schema.items), about, depth + 1)];
    case "string":
      return about;
  }
  if (schema.properties === undefined) return schema.type === "object" ? {} : about;
  const properties = Object.entries(asSchema(schema.properties));
  return Object.fromEntries(properties.map(([name, value]) => [name, sample(asSchema(value), about, depth + 1)]));
}

function asSchema(value: Json | undefined): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

import type { Json } from "../../core/json.ts";

/** What a schema says of a value, as JSON Schema has it: as much of that as a form needs. */
export interface ValueShape {
  /** One, or several of which it is one. */
  readonly type?: unknown;
  readonly title?: unknown;
  readonly default?: Json;
  readonly examples?: readonly Json[];
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly ValueShape[];
  readonly oneOf?: readonly ValueShape[];
  readonly allOf?: readonly ValueShape[];
  readonly properties?: Readonly<Record<string, ValueShape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly prefixItems?: readonly ValueShape[];
  readonly format?: unknown;
  readonly minimum?: number;
}

/** A text of a form that is prescribed. */
const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-11-21T14:00:00Z",
  date: "2026-11-21",
  time: "14:00:00",
  email: "ada@example.com",
  uri: "https://example.com/",
};

/**
 * A value of a shape, for its author to write over: what the schema itself gives as an example, or else all that there may be in it, as
 * empty as it can be. A shape that is in itself ends with null.
 */
export function exampleOf(shape: ValueShape): Json {
  const said = [shape.default, shape.examples?.[0], shape.const, shape.enum?.[0]].find((one) => one !== undefined);
  if (said !== undefined) return said;
  const either = shape.anyOf ?? shape.oneOf;
  if (either !== undefined) return exampleOf(either.find(({ type }) => type !== "null") ?? {});
  if (shape.allOf !== undefined) return Object.assign({}, ...shape.allOf.map(exampleOf));
  const { properties = {}, additionalProperties: others, items, prefixItems } = shape;
  switch ([shape.type].flat()[0]) {
    case "object": {
      const members = Object.entries(properties).map(([key, member]): [string, Json] => [key, exampleOf(member)]);
      return Object.fromEntries(members.length === 0 && isShape(others) ? [["name", exampleOf(others)]] : members);
    }
    case "array":
      return prefixItems?.map(exampleOf) ?? (isShape(items) ? [exampleOf(items)] : []);
    case "string":
      return FORMATS[String(shape.format)] ?? "";
    case "number":
    case "integer":
      return Math.max(0, shape.minimum ?? 0);
    case "boolean":
      return false;
    default:
      return null;
  }
}

const isShape = (given: unknown): given is ValueShape => typeof given === "object" && given !== null;

import type { StandardJSONSchemaV1 } from "@standard-schema/spec";
import type { Json } from "../../core/json.ts";
import { pointerTo } from "../../core/json-pointer.ts";
import { exampleOf, type ValueShape } from "../files/value-example.ts";
import type { ValueSchema } from "../files/value-schema.ts";

/** Of an object with more members one field is made, for all of it as JSON. */
const MAX_FIELDS = 20;
/** A number as JSON has it: kept digit for digit. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** A field by which a part of a value is typed. */
export interface ValueField {
  /** A JSON Pointer to the part; "/" for the whole, since a field has a name. */
  readonly name: string;
  /** The member that it is; undefined for the whole. */
  readonly key: string | undefined;
  readonly label: string;
  readonly kind: "text" | "number" | "boolean" | "choice" | "json";
  /** Whether there has to be one. */
  readonly isRequired: boolean;
  /** Of a choice, each as JSON. */
  readonly choices: readonly string[];
  /** What stands in it at first: a text, or JSON. */
  readonly given: string;
  /** What stands there in its place while there is nothing: of JSON its shape. */
  readonly hint: string;
}

/**
 * The fields by which a value is typed that a schema takes. Of several shapes that it may have it is that of an object, if one is.
 * @param first what they are filled with, as far as it fits
 * @returns undefined where the schema's library does not say what it takes as JSON Schema
 */
export function valueFields(schema: ValueSchema, first: Json | undefined): readonly ValueField[] | undefined {
  const shape = shapeOf(schema);
  if (shape === undefined) return undefined;
  const object = [shape, ...alternatives(shape)].find(({ properties }) => properties);
  const members = Object.entries(object?.properties ?? {});
  if (members.length === 0 || members.length > MAX_FIELDS) return [fieldOf(undefined, shape, true, first)];
  const given = typeof first === "object" && first !== null && !Array.isArray(first) ? first : {};
  return members.map(([key, member]) =>
    fieldOf(key, member, object?.required?.includes(key) ?? false, Object.hasOwn(given, key) ? given[key] : undefined),
  );
}

/**
 * The JSON of what was typed, its numbers digit for digit.
 * @param refuse is told what is wrong with a field
 */
export function typedJson(
  fields: readonly ValueField[],
  typed: Readonly<Record<string, string | undefined>>,
  refuse: (why: string) => never,
): string {
  const parts = fields.flatMap((field) => {
    const json = partOf(field, typed[field.name] ?? "", (why) => refuse(`${field.label}: ${why}`));
    if (field.key === undefined) return json ?? refuse("Write a value.");
    return json === undefined ? [] : `${JSON.stringify(field.key)}:${json}`;
  });
  return fields[0]?.key === undefined ? parts.join("") : `{${parts.join(",")}}`;
}

function partOf({ kind, choices, isRequired }: ValueField, text: string, refuse: (why: string) => never) {
  if (kind === "boolean") return text === "" ? "false" : "true";
  if (text.trim() === "") return kind === "text" && isRequired ? JSON.stringify(text) : undefined;
  if (kind === "text") return JSON.stringify(text);
  if (kind === "choice") return choices.includes(text) ? text : refuse("Choose one of those that are listed.");
  if (kind === "json") return isJson(text) ? text : refuse("This is no JSON. Texts and keys have double quotes.");
  const number = text.trim();
  if (NUMBER.test(number)) return number;
  return Number.isFinite(Number(number)) ? String(Number(number)) : refuse("Write a number.");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A value that a schema takes, as empty as it can be; undefined where it does not say what it takes. */
export function exampleFor(schema: ValueSchema): Json | undefined {
  const shape = shapeOf(schema);
  return shape && exampleOf(shape);
}

function shapeOf({ standard }: ValueSchema): ValueShape | undefined {
  const { jsonSchema } = standard as Partial<StandardJSONSchemaV1["~standard"]>;
  try {
    return jsonSchema?.input({ target: "draft-2020-12" });
  } catch {
    return undefined; // there is no JSON Schema of it
  }
}

/** All that it may be instead, but for null. */
function alternatives(shape: ValueShape): ValueShape[] {
  return eitherOf(shape).flatMap((one) => [one, ...alternatives(one)]);
}

const eitherOf = (shape: ValueShape) => (shape.anyOf ?? shape.oneOf ?? []).filter(({ type }) => type !== "null");

function fieldOf(key: string | undefined, shape: ValueShape, isRequired: boolean, first: Json | undefined): ValueField {
  const { kind, choices } = kindOf(shape);
  const name = key === undefined ? "/" : pointerTo([key]);
  const label = typeof shape.title === "string" ? shape.title : (key ?? "Value");
  const isText = kind === "text" || kind === "number";
  const written = (value: Json) => JSON.stringify(value, null, kind === "json" ? 2 : undefined);
  const fits = first !== undefined && (!isText || typeof first !== "object");
  const example = kind === "json" && !fits ? written(exampleOf(shape)) : "";
  // Without a sample there is something to begin with; what may be left out, is until somebody writes it.
  const given = !fits ? (isRequired ? example : "") : isText ? String(first) : written(first);
  return { name, key, label, kind, isRequired, choices, given, hint: isRequired ? "" : example };
}

/** A text or a number goes before what is typed as JSON, where it may be either. */
function kindOf(shape: ValueShape): Pick<ValueField, "kind" | "choices"> {
  const choices = choicesOf(shape);
  if (choices !== undefined) return { kind: "choice", choices: choices.map((choice) => JSON.stringify(choice)) };
  for (const type of [shape, ...alternatives(shape)].flatMap(({ type }) => [type].flat())) {
    if (type === "string") return { kind: "text", choices: [] };
    if (type === "number" || type === "integer") return { kind: "number", choices: [] };
    if (type === "boolean") return { kind: "boolean", choices: [] };
  }
  return { kind: "json", choices: [] };
}

/** All that it may be, where that is a list of texts and the like. */
function choicesOf(shape: ValueShape): readonly unknown[] | undefined {
  if (shape.enum !== undefined) return shape.enum;
  if (shape.const !== undefined) return [shape.const];
  const lists = eitherOf(shape).map(choicesOf);
  return lists.length > 0 && lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}

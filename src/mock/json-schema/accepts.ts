import type { Json } from "../../engine/core/json.ts";
import { FORMATS } from "./formats.ts";
import { entriesOf, isSchema, MAX_DEPTH, type Schema, type SchemaDocument, schemasIn, Unmakeable } from "./schema.ts";

/**
 * Whether a schema accepts a value. A `pattern` is not looked at: strangers write them, and some take for ever to match. A
 * value that is made for one fits it anyway.
 * @throws Unmakeable where that takes too much work
 */
export function accepts(document: SchemaDocument, schema: Json, value: Json, depth = 0): boolean {
  document.step();
  if (typeof schema === "boolean") return schema;
  if (!isSchema(schema)) return true;
  if (depth > 2 * MAX_DEPTH) throw new Unmakeable("it leads to itself without end");
  const takes = (other: Json, of: Json = value) => accepts(document, other, of, depth + 1);
  const {
    $ref,
    enum: one,
    const: only,
    type,
    allOf,
    anyOf,
    oneOf,
    not,
    if: when,
    then = true,
    else: otherwise = true,
  } = schema;
  if ($ref !== undefined && !takes(document.find($ref))) return false;
  if (only !== undefined && !isSame(document, only, value)) return false;
  if (Array.isArray(one) && !one.some((known) => isSame(document, known, value))) return false;
  if (type !== undefined && !typesOf(type).some((type) => isOf(type, value))) return false;
  if (!schemasIn(allOf).every((part) => takes(part))) return false;
  if (Array.isArray(anyOf) && !anyOf.some((part) => takes(part))) return false;
  if (Array.isArray(oneOf) && oneOf.filter((part) => takes(part)).length !== 1) return false;
  if (not !== undefined && takes(not)) return false;
  if (when !== undefined && !takes(takes(when) ? then : otherwise)) return false;
  if (typeof value === "number") return fitsNumber(schema, value);
  document.step(weightOf(schema, value));
  if (typeof value === "string") return fitsText(schema, value);
  if (Array.isArray(value)) return fitsList(schema, value, takes, (a, b) => isSame(document, a, b));
  return typeof value !== "object" || value === null || fitsObject(schema, value, takes);
}

/** What a look at a text or at a long list of names costs besides. */
function weightOf({ required, dependencies, dependentRequired, dependentSchemas }: Schema, value: Json): number {
  if (typeof value === "string") return value.length >> 8;
  const lists = [dependencies, dependentRequired, dependentSchemas].map((list) => entriesOf(list).length);
  return (lists.reduce((a, b) => a + b, schemasIn(required).length) >> 3) + 1;
}

/** Whether two values are the same, whatever the order of their keys. @throws Unmakeable where that takes too much work */
export function isSame(document: SchemaDocument, a: Json, b: Json): boolean {
  document.step();
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => isSame(document, item, b[i]!));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSame(document, a[key]!, b[key]!));
}

export function typesOf(type: Json): Json[] {
  return Array.isArray(type) ? type : [type];
}

/** A bound, where it is one. */
export function numberIn(schema: Schema, name: string): number | undefined {
  const value = schema[name];
  return typeof value === "number" ? value : undefined;
}

export function isMultiple(value: number, of: number): boolean {
  return of > 0 ? Number.isInteger(value / of) : true;
}

function isOf(type: Json, value: Json): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function fitsNumber(schema: Schema, value: number): boolean {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const least = numberIn(schema, "minimum") ?? Number.NEGATIVE_INFINITY;
  const most = numberIn(schema, "maximum") ?? Number.POSITIVE_INFINITY;
  if (value < least || value > most || !isMultiple(value, numberIn(schema, "multipleOf") ?? 0)) return false;
  if (typeof above === "number" ? value <= above : above === true && value === least) return false;
  return !(typeof below === "number" ? value >= below : below === true && value === most);
}

function fitsText(schema: Schema, value: string): boolean {
  const format = typeof schema.format === "string" ? FORMATS.get(schema.format) : undefined;
  const { length } = [...value];
  if (length < (numberIn(schema, "minLength") ?? 0) || length > (numberIn(schema, "maxLength") ?? length)) return false;
  return format?.is.test(value) ?? true;
}

type Takes = (schema: Json, value: Json) => boolean;

function fitsList(schema: Schema, value: readonly Json[], takes: Takes, same: (a: Json, b: Json) => boolean): boolean {
  const { prefixItems, items, additionalItems, contains, uniqueItems } = schema;
  const { length } = value;
  if (length < (numberIn(schema, "minItems") ?? 0) || length > (numberIn(schema, "maxItems") ?? length)) return false;
  const first = schemasIn(prefixItems ?? (Array.isArray(items) ? items : []));
  const rest = Array.isArray(items) ? additionalItems : items;
  if (!value.every((item, i) => takes(first[i] ?? rest ?? true, item))) return false;
  if (uniqueItems === true && value.some((item, i) => value.slice(0, i).some((other) => same(item, other))))
    return false;
  if (contains === undefined) return true;
  const found = value.filter((item) => takes(contains, item)).length;
  return found >= (numberIn(schema, "minContains") ?? 1) && found <= (numberIn(schema, "maxContains") ?? length);
}

function fitsObject(schema: Schema, value: Schema, takes: Takes): boolean {
  const { properties, patternProperties, additionalProperties, propertyNames, required } = schema;
  const keys = Object.keys(value);
  const has = (name: Json) => typeof name === "string" && Object.hasOwn(value, name);
  if (keys.length < (numberIn(schema, "minProperties") ?? 0)) return false;
  if (keys.length > (numberIn(schema, "maxProperties") ?? keys.length)) return false;
  if (!schemasIn(required).every(has)) return false;
  const known = isSchema(properties) ? properties : {};
  const others = patternProperties === undefined ? (additionalProperties ?? true) : true;
  for (const key of keys) {
    if (propertyNames !== undefined && !takes(propertyNames, key)) return false;
    if (!takes(Object.hasOwn(known, key) ? known[key]! : others, value[key]!)) return false;
  }
  return [
    ...entriesOf(schema.dependencies),
    ...entriesOf(schema.dependentRequired),
    ...entriesOf(schema.dependentSchemas),
  ]
    .filter(([name]) => has(name))
    .every(([, needs]) => (Array.isArray(needs) ? needs.every(has) : takes(needs, value)));
}

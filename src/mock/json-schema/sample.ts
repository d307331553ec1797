import type { Json } from "../../engine/core/json.ts";
import { accepts, isMultiple, isSame, numberIn, typesOf } from "./accepts.ts";
import { FORMATS } from "./formats.ts";
import { matching } from "./pattern.ts";
import { entriesOf, isSchema, MAX_DEPTH, type Schema, SchemaDocument, schemasIn, Unmakeable } from "./schema.ts";

/**
 * A value that a JSON schema accepts, with `about` wherever it wants some text. Whatever a schema asks for, so much work is
 * done for it and no more.
 * @throws Unmakeable
 */
export function sampleOf(schema: Json, about: string): Json {
  const sampler = new Sampler(new SchemaDocument(schema), about);
  for (const value of sampler.values([schema], [])) return value;
  throw new Unmakeable("no value was found that it accepts");
}

/** All schemas that one value has to fit, none of them a reference. */
type All = readonly Schema[];
/**
 * The references that are being followed, and null for each other step on the way: a value never needs to go through the same
 * reference twice on its way down.
 */
type Path = readonly Json[];

/** More of one list, and more properties that have no name of their own, are not made. */
const MAX_ITEMS = 1_000;
/** How many other values of a property are tried where the first ones do not fit together. */
const OTHERS = 8;
/** What making a text costs, in looks at a schema. */
const STEPS_A_TEXT = 4;

class Sampler {
  readonly #document: SchemaDocument;
  readonly #about: string;

  constructor(document: SchemaDocument, about: string) {
    this.#document = document;
    this.#about = about;
  }

  /** Values that fit all of the schemas, the likeliest first; each was checked. */
  *values(schemas: readonly Json[], path: Path): Generator<Json> {
    for (const value of this.#chosen(schemas, path)) {
      if (!schemas.every((schema) => accepts(this.#document, schema, value))) continue;
      this.#document.spend(JSON.stringify(value).length);
      yield value;
    }
  }

  /** For each way through what a schema leaves open: `anyOf`, `oneOf`, `if`. */
  *#chosen(schemas: readonly Json[], path: Path, settled: All = []): Generator<Json> {
    this.#document.step();
    if (path.length > MAX_DEPTH) return;
    const all = [...settled];
    const open = [...schemas];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      this.#document.step();
      if (next === false) return;
      if (!isSchema(next)) continue;
      const { $ref, allOf, anyOf, oneOf, if: when, ...plain } = next;
      all.push(plain);
      if ($ref !== undefined) {
        if (path.includes($ref)) return;
        yield* this.#chosen(
          [this.#document.find($ref), ...without(next, "$ref", plain), ...open],
          [...path, $ref],
          all,
        );
        return;
      }
      open.push(...schemasIn(allOf));
      const branches = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : undefined;
      if (branches !== undefined) {
        const rest = without(next, Array.isArray(anyOf) ? "anyOf" : "oneOf", plain, ["allOf"]);
        for (const branch of branches) yield* this.#chosen([branch, ...rest, ...open], [...path, null], all);
        return;
      }
      if (when !== undefined) {
        const { then = true, else: otherwise = true } = next;
        yield* this.#chosen([when, then, ...open], [...path, null], all);
        yield* this.#chosen([otherwise, ...open], [...path, null], all);
        return;
      }
    }
    yield* this.#plain(all, path);
  }

  /** For schemas that leave nothing open. */
  *#plain(all: All, path: Path): Generator<Json> {
    for (const { const: only } of all) if (only !== undefined) return void (yield only);
    for (const { enum: one } of all) {
      if (!Array.isArray(one)) continue;
      return void (yield* one);
    }
    for (const { default: usual } of all) if (usual !== undefined) yield usual;
    const declared = all.filter(({ type }) => type !== undefined).map(({ type }) => typesOf(type!));
    const common = [...new Set(declared.flat())].filter((type) => declared.every((list) => allows(list, type)));
    const types = declared.length === 0 ? [likely(all)] : common;
    for (const type of types) yield* this.#ofType(type, all, path);
  }

  *#ofType(type: Json, all: All, path: Path): Generator<Json> {
    if (type === "null") yield null;
    else if (type === "boolean") yield* [true, false];
    else if (type === "integer" || type === "number") yield* this.#numbers(all, type === "integer");
    else if (type === "string") yield* this.#texts(all);
    else if (type === "array") yield* this.#lists(all, path);
    else if (type === "object") yield* this.#objects(all, path);
  }

  *#numbers(all: All, whole: boolean): Generator<number> {
    const least = Math.max(...bounds(all, "minimum"), ...bounds(all, "exclusiveMinimum"), Number.NEGATIVE_INFINITY);
    const most = Math.min(...bounds(all, "maximum"), ...bounds(all, "exclusiveMaximum"), Number.POSITIVE_INFINITY);
    const step = Math.max(...bounds(all, "multipleOf"), whole ? 1 : 0) || undefined;
    const from = Number.isFinite(least) ? least : Number.isFinite(most) ? Math.min(1, most) : 1;
    if (step === undefined) {
      yield from;
      if (Number.isFinite(most) && Number.isFinite(least)) {
        for (let part = 2; part < 1_000; part++) yield least + (most - least) / part;
      }
    }
    // Upwards from the least, and downwards where there is only a most.
    const by = step ?? 1;
    const first = step === undefined ? from : Math.ceil(from / by);
    const way = Number.isFinite(least) || !Number.isFinite(most) ? 1 : -1;
    for (let n = 0; n < MAX_ITEMS; n++) {
      this.#document.step();
      const value = step === undefined ? first + way * n : (first + way * n) * by;
      if (Number.isFinite(value) && (step === undefined || isMultiple(value, by))) yield value;
    }
  }

  *#texts(all: All): Generator<string> {
    const least = Math.max(0, ...bounds(all, "minLength"));
    const most = Math.min(Number.POSITIVE_INFINITY, ...bounds(all, "maxLength"));
    const format = all
      .map(({ format }) => (typeof format === "string" ? FORMATS.get(format) : undefined))
      .find(Boolean);
    const pattern = all.map(({ pattern }) => pattern).find((pattern) => typeof pattern === "string");
    const matches = typeof pattern === "string" ? matching(pattern, (count) => this.#document.step(count)) : undefined;
    for (let n = 0; n < MAX_ITEMS; n++) {
      this.#document.step(STEPS_A_TEXT);
      if (format !== undefined) yield format.make(n);
      else yield matches?.next().value ?? this.#filled(n, least, most);
    }
  }

  /** Some text of a length, in code points; each n another one. */
  #filled(n: number, least: number, most: number): string {
    this.#document.spend(least);
    const tail = n === 0 ? "" : ` ${n + 1}`;
    const head = [...this.#about].slice(0, Math.max(0, most - tail.length));
    while (head.length + tail.length < least) head.push(".");
    return [...head, ...(head.length === 0 ? tail.trim() : tail)].slice(0, Math.min(most, 1e6)).join("");
  }

  *#lists(all: All, path: Path): Generator<Json[]> {
    const least = Math.max(0, ...bounds(all, "minItems"));
    const most = Math.min(Number.POSITIVE_INFINITY, ...bounds(all, "maxItems"));
    if (least > MAX_ITEMS) throw new Unmakeable(`it asks for more than ${MAX_ITEMS} items`);
    const tuples = all.map(({ prefixItems, items }) => schemasIn(prefixItems ?? (Array.isArray(items) ? items : [])));
    const wanted = Math.max(least, 1, ...tuples.map(({ length }) => length));
    const distinct = all.some(({ uniqueItems }) => uniqueItems === true);
    const items: Json[] = [];
    for (let i = 0; i < Math.min(wanted, most, MAX_ITEMS); i++) {
      const schemas = all.flatMap((schema, at) => itemsAt(schema, tuples[at]!, i));
      const item = this.#first(schemas, path, (value) => !distinct || !items.some((other) => this.#same(other, value)));
      if (item === undefined) break;
      items.push(item);
    }
    yield items;
    yield items.slice(0, least);
    if (least === 0) yield [];
  }

  *#objects(all: All, path: Path): Generator<Schema> {
    const required = new Set(
      all.flatMap(({ required }) => schemasIn(required).filter((name) => typeof name === "string")),
    );
    const known = new Set(all.flatMap(({ properties }) => entriesOf(properties).map(([name]) => name)));
    const least = Math.max(0, ...bounds(all, "minProperties"));
    if (least > MAX_ITEMS) throw new Unmakeable(`it asks for more than ${MAX_ITEMS} properties`);
    const named = [...known, ...[...required].filter((name) => !known.has(name))];
    this.#document.step(named.length * all.length);
    const made = new Map<string, Json>();
    for (const name of named) {
      const value = this.#first(propertiesAt(all, name), path);
      if (value !== undefined) made.set(name, value);
      else if (required.has(name)) return;
    }
    for (let n = 1; made.size < least && n <= MAX_ITEMS; n++) {
      const name = `property${n}`;
      const value = made.has(name) ? undefined : this.#first(propertiesAt(all, name), path);
      if (value !== undefined) made.set(name, value);
    }
    yield Object.fromEntries(made);
    const needed = [...made].filter(([name]) => required.has(name));
    yield Object.fromEntries(needed);
    // One that is not needed at a time, as of some only one may be there, and then another value of one at a time.
    for (const one of made) if (!required.has(one[0])) yield Object.fromEntries([...needed, one]);
    for (const name of made.keys()) {
      let tried = 0;
      for (const value of this.values(propertiesAt(all, name), path)) {
        if (tried++ === OTHERS) break;
        yield Object.fromEntries([...made, [name, value]]);
      }
    }
  }

  #first(schemas: readonly Json[], path: Path, fits: (value: Json) => boolean = () => true): Json | undefined {
    // A list or an object is a way down, too.
    for (const value of this.values(schemas, [...path, null])) if (fits(value)) return value;
    return undefined;
  }

  #same(a: Json, b: Json): boolean {
    return isSame(this.#document, a, b);
  }
}

/** What is left of a schema besides the part that is settled, and besides what has been noted already. */
function without(schema: Schema, part: string, plain: Schema, noted: readonly string[] = []): Schema[] {
  const rest = Object.entries(schema).filter(([name]) => name !== part && !(name in plain) && !noted.includes(name));
  return rest.length === 0 ? [] : [Object.fromEntries(rest)];
}

function itemsAt({ items, additionalItems, contains }: Schema, tuple: readonly Json[], i: number): Json[] {
  const item = tuple[i] ?? (Array.isArray(items) ? additionalItems : items) ?? true;
  return contains === undefined || tuple[i] !== undefined ? [item] : [item, contains];
}

function propertiesAt(all: All, name: string): Json[] {
  return all.map(({ properties, additionalProperties, patternProperties }) => {
    if (isSchema(properties) && Object.hasOwn(properties, name)) return properties[name]!;
    return patternProperties === undefined ? (additionalProperties ?? true) : true;
  });
}

/** The bounds of a name, of all schemas that have one. */
function bounds(all: All, name: string): number[] {
  return all.map((schema) => numberIn(schema, name)).filter((bound) => bound !== undefined);
}

function allows(types: readonly Json[], type: Json): boolean {
  return types.includes(type) || (type === "integer" && types.includes("number"));
}

const HINTS: readonly (readonly [type: string, names: RegExp])[] = [
  ["object", /^(properties|required|additionalProperties|patternProperties|minProperties|propertyNames)$/],
  ["array", /^(items|prefixItems|minItems|contains|uniqueItems)$/],
  ["number", /^(minimum|maximum|exclusiveMinimum|exclusiveMaximum|multipleOf)$/],
];

/** What a schema without a type is about. */
function likely(all: All): string {
  const names = all.flatMap((schema) => Object.keys(schema));
  return HINTS.find(([, hint]) => names.some((name) => hint.test(name)))?.[0] ?? "string";
}

import type { Json } from "../../engine/core/json.ts";

/** A JSON schema that is no boolean. */
export type Schema = { readonly [key: string]: Json };

/** Why no value is made for a schema, as the end of a sentence. */
export class Unmakeable extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Unmakeable";
  }
}

/** What may be spent on one schema, in looks at a schema and in characters made: strangers write them. */
const MAX_STEPS = 20_000;
const MAX_CHARACTERS = 256 * 1024;
/** How deeply values, references to references and choices within choices may be nested. */
export const MAX_DEPTH = 128;

/** A schema's document: what its references lead to, and what is left to spend on it. */
export class SchemaDocument {
  readonly root: Json;
  readonly #anchors = new Map<string, Json>();
  /** By reference: one may lead through thousands of names, and be followed for each of a thousand items. */
  readonly #found = new Map<string, Json>();
  #steps = MAX_STEPS;
  #characters = MAX_CHARACTERS;

  constructor(root: Json) {
    this.root = root;
    this.#note(root, 0);
  }

  /** @throws Unmakeable */
  step(count = 1): void {
    this.#steps -= count;
    if (this.#steps < 0) throw new Unmakeable("it takes too much work");
  }

  /** @throws Unmakeable */
  spend(characters: number): void {
    this.#characters -= characters;
    if (this.#characters < 0) throw new Unmakeable(`it takes more than ${MAX_CHARACTERS} characters`);
  }

  /** What a `$ref` leads to: `#`, `#/$defs/node`, `#node`. @throws Unmakeable */
  find(ref: Json): Json {
    this.step();
    if (typeof ref !== "string" || !ref.startsWith("#")) throw nowhere();
    const found = this.#found.get(ref) ?? this.#follow(ref);
    this.#found.set(ref, found);
    return found;
  }

  #follow(ref: string): Json {
    this.step(ref.length >> 6);
    const path = decoded(ref.slice(1));
    if (path !== "" && !path.startsWith("/")) return this.#anchors.get(path) ?? fail();
    let found: Json | undefined = this.root;
    for (const part of path.split("/").slice(1)) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      found = isParent(found) && Object.hasOwn(found, name) ? (found as Schema)[name] : undefined;
    }
    return found ?? fail();
  }

  #note(value: Json | undefined, depth: number): void {
    if (!isParent(value) || depth > MAX_DEPTH) return;
    const { $anchor } = value as Schema;
    if (typeof $anchor === "string") this.#anchors.set($anchor, value);
    for (const child of Object.values(value)) this.#note(child, depth + 1);
  }
}

export function isSchema(value: Json | undefined): value is { [key: string]: Json } {
  return isParent(value) && !Array.isArray(value);
}

/** The schemas in a list; none where there is no list. */
export function schemasIn(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The own entries of an object in a schema, such as its `properties`. */
export function entriesOf(value: Json | undefined): [string, Json][] {
  return isSchema(value) ? Object.entries(value) : [];
}

function isParent(value: Json | undefined): value is { [key: string]: Json } | Json[] {
  return typeof value === "object" && value !== null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw nowhere();
  }
}

function fail(): never {
  throw nowhere();
}

function nowhere(): Unmakeable {
  return new Unmakeable("a $ref leads to nothing in it: write one such as '#/$defs/name'");
}

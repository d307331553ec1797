import { didYouMean } from "../../core/problem.ts";

export type ParamValue = string | number | boolean;

/** One declared param: its known values, by how they are written in a URL; or a pattern. */
type Declared = ReadonlyMap<string, ParamValue> | RegExp;

/** The params that front matter declares for a widget's regions, or for a page's query. No other ever reaches a template. */
export class Params {
  static readonly none = new Params(new Map());
  readonly #declared: ReadonlyMap<string, Declared>;

  private constructor(declared: ReadonlyMap<string, Declared>) {
    this.#declared = declared;
  }

  /** @throws Error that ends the sentence “params must be …” */
  static declare(given: unknown): Params {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      throw new Error("written as “name: [known, values]” or “name: pattern”, one a line");
    }
    const entries = Object.entries(given).map(([name, value]) => [name, declared(name, value)] as const);
    return new Params(new Map(entries));
  }

  get size(): number {
    return this.#declared.size;
  }

  get names(): readonly string[] {
    return [...this.#declared.keys()];
  }

  /** The values that one may have, as an address says them; none where that is a pattern, or it is not declared. */
  known(name: string): readonly string[] {
    const known = this.#declared.get(name);
    return known === undefined || known instanceof RegExp ? [] : [...known.keys()];
  }

  has(name: string): boolean {
    return this.#declared.has(name);
  }

  /**
   * The value with the type that was declared, so that a template sees `true` and not "true".
   * @returns undefined if it is not a declared one
   */
  typed(name: string, raw: string): ParamValue | undefined {
    const known = this.#declared.get(name);
    if (known instanceof RegExp) return known.test(raw) ? raw : undefined;
    return known?.get(raw);
  }

  /** A sentence that says which values `name` may have, or which names there are. */
  explain(name: string): string {
    const known = this.#declared.get(name);
    if (known instanceof RegExp) return `It must match ${known.source}.`;
    if (known) return `It must be ${list([...known.keys()])}.`;
    return this.size === 0 ? "It has none." : `It has ${list(this.names)}.${didYouMean(name, this.names)}`;
  }
}

function declared(name: string, given: unknown): Declared {
  // Names become properties of an object, and keys in a URL.
  if (!/^[A-Za-z][\w-]*$/.test(name) || name === "__proto__") {
    throw new Error(`named with letters, digits, “_” and “-”, which “${name}” is not`);
  }
  if (typeof given === "string") return pattern(name, given);
  if (Array.isArray(given) && given.length > 0 && given.every(isValue)) {
    const known = new Map(given.map((value) => [String(value), value]));
    if (known.size === given.length) return known;
    throw new Error(`different from each other where they are listed, which those of “${name}” are not`);
  }
  throw new Error(`a list of known values or a pattern, which “${name}” is not`);
}

function pattern(name: string, given: string): RegExp {
  try {
    // Anchored: [a-z]+ alone would accept anything with a letter in it.
    return new RegExp(`^(?:${given})$`, "u");
  } catch {
    throw new Error(`a list of known values or a regular expression, which that of “${name}” is not`);
  }
}

function isValue(value: unknown): value is ParamValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

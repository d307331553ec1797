import type { Json } from "../engine/core/json.ts";
import { ApiError } from "./api-error.ts";

/** What a field may be; `name` completes “expected …”. */
export interface Kind<T> {
  readonly name: string;
  readonly read: (value: Json) => T | undefined;
}

export const TEXT: Kind<string> = {
  name: "a string",
  read: (value) => (typeof value === "string" ? value : undefined),
};
/** @param most in UTF-16 code units */
export function textUpTo(most: number): Kind<string> {
  return {
    name: `a string of 1 to ${most} characters`,
    read: (value) => (typeof value === "string" && value !== "" && value.length <= most ? value : undefined),
  };
}
export const FLAG: Kind<boolean> = {
  name: "a boolean",
  read: (value) => (typeof value === "boolean" ? value : undefined),
};

export function numberFrom(least: number, most: number): Kind<number> {
  return {
    name: `a number from ${least} to ${most}`,
    read: (value) => (typeof value === "number" && value >= least && value <= most ? value : undefined),
  };
}

export function wholeFrom(least: number, most = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    name: most === Number.MAX_SAFE_INTEGER ? `an integer of ${least} or more` : `an integer from ${least} to ${most}`,
    read: (value) => (Number.isInteger(value) ? numberFrom(least, most).read(value) : undefined),
  };
}

export function oneOf<const T extends string>(values: readonly T[]): Kind<T> {
  return {
    name: values.length === 0 ? "none, as there is nothing to name" : `one of ${listed(values)}`,
    read: (value) => values.find((known) => known === value),
  };
}

/** Of many the first ones. */
function listed(values: readonly string[]): string {
  const names = values.slice(0, 20).map((value) => `'${value}'`);
  return [...names, ...(values.length > names.length ? ["…"] : [])].join(", ");
}

/** An object of a request's body, which knows its path in it. A field that is null counts as left out. */
export class Fields {
  readonly path: string;
  readonly #object: { readonly [key: string]: Json };

  /** @throws ApiError 400 `invalid_type` */
  constructor(value: Json, path = "") {
    if (!isObject(value)) {
      throw new ApiError(400, "invalid_type", `Invalid type for '${path || "body"}': expected an object.`, {
        param: path,
      });
    }
    this.path = path;
    this.#object = value;
  }

  /** The field as it came. */
  raw(name: string): Json | undefined {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }

  /** @throws ApiError 400 `invalid_type` */
  optional<T>(name: string, kind: Kind<T>): T | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const read = kind.read(value);
    if (read === undefined) throw this.wrong(name, kind.name);
    return read;
  }

  /** @throws ApiError 400 `missing_required_parameter`, `invalid_type` */
  required<T>(name: string, kind: Kind<T>): T {
    const value = this.optional(name, kind);
    if (value === undefined) throw this.missing(name);
    return value;
  }

  /** The object in a field, if there is one. @throws ApiError 400 `invalid_type` */
  object(name: string): Fields | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : new Fields(value, this.at(name));
  }

  /** The objects of a list, if there is one. @throws ApiError 400 `invalid_type` */
  objects(name: string): Fields[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.wrong(name, "an array of objects");
    return value.map((entry: Json, i) => new Fields(entry, `${this.at(name)}[${i}]`));
  }

  missing(name: string): ApiError {
    const param = this.at(name);
    return new ApiError(400, "missing_required_parameter", `Missing required parameter: '${param}'.`, { param });
  }

  wrong(name: string, expected: string): ApiError {
    const param = this.at(name);
    return new ApiError(400, "invalid_type", `Invalid value for '${param}': expected ${expected}.`, { param });
  }

  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

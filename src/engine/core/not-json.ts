import { types } from "node:util";
import { pointerTo } from "./json-pointer.ts";

/** A part of a value that JSON cannot say. */
interface Amiss {
  /** Where it is, from the innermost key on. */
  readonly keys: PropertyKey[];
  /** What it is: `a Map`. */
  readonly what: string;
  /** What to do, for what is in a variable of this name. */
  readonly mend: (name: string) => string;
}

/**
 * What of a program's value JSON would leave out, or write as another value, with what to publish in its place:
 * `/prices is a Map: publish Object.fromEntries(prices).` Undefined where there is nothing of that kind. A member that is undefined is
 * left out, as programs mean it.
 */
export function notJson(value: unknown): string | undefined {
  const amiss = amissIn(value, []);
  if (amiss === undefined) return undefined;
  const { what, mend } = amiss;
  const keys = amiss.keys.reverse();
  const last = keys.at(-1);
  const name = typeof last === "string" && /^[A-Za-z_$][\w$]*$/.test(last) ? last : "value";
  return `${pointerTo(keys) || "The value"} is ${what}: ${mend(name)}.`;
}

const one = (what: string, mend: Amiss["mend"]): Amiss => ({ keys: [], what, mend });

const leaveOut = () => "publish null, or leave it out";

/** @param around the objects and lists that it stands in */
function amissIn(value: unknown, around: object[]): Amiss | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : one(`${value}`, leaveOut);
    case "bigint":
      if ("toJSON" in BigInt.prototype) return undefined;
      return one("a BigInt", (name) => `publish Number(${name}), or String(${name}) to keep all of its digits`);
    case "object":
      return value === null ? undefined : amissAt(value, around);
    case "undefined":
      return one("undefined", leaveOut);
    default:
      return one(`a ${typeof value}`, (name) =>
        typeof value === "symbol" ? leaveOut() : `publish what ${name}() returns`,
      );
  }
}

function amissAt(value: object, around: object[]): Amiss | undefined {
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const isNoDate = value instanceof Date && Number.isNaN(value.getTime());
    return isNoDate ? one("a Date that is no time", leaveOut) : undefined;
  }
  if (around.includes(value)) {
    return one("what it stands in, and so has no end", () => "publish what is to be shown of it");
  }
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value)) {
    const kind = KINDS.find(({ is }) => is(value));
    if (kind !== undefined) return one(kind.what, kind.mend);
    if (JSON.stringify(value) === "{}") {
      const mend = "publish a plain object with what is to be shown, or give it a toJSON()";
      return one(`a ${value.constructor?.name || "class"}, of which JSON has nothing`, () => mend);
    }
  }
  around.push(value);
  const amiss = isList ? amissItem(value, around) : amissMember(value as Record<string, unknown>, around);
  around.pop();
  return amiss;
}

function amissItem(list: readonly unknown[], around: object[]): Amiss | undefined {
  for (let i = 0; i < list.length; i++) {
    const amiss = amissIn(list[i], around);
    if (amiss !== undefined) return below(i, amiss);
  }
  return undefined;
}

function amissMember(object: Readonly<Record<string, unknown>>, around: object[]): Amiss | undefined {
  for (const key of Object.keys(object)) {
    const amiss = object[key] === undefined ? undefined : amissIn(object[key], around);
    if (amiss !== undefined) return below(key, amiss);
  }
  return undefined;
}

function below(key: PropertyKey, amiss: Amiss): Amiss {
  amiss.keys.push(key);
  return amiss;
}

/** Whether it is an object of no class, also of another realm. */
function isPlain(value: object): boolean {
  const above = Object.getPrototypeOf(value);
  return above === null || above === Object.prototype || Object.getPrototypeOf(above) === null;
}

/** What is known to many programs, and is something else as JSON. */
const KINDS: readonly { is: (value: object) => boolean; what: string; mend: Amiss["mend"] }[] = [
  { is: types.isMap, what: "a Map", mend: (name) => `publish Object.fromEntries(${name})` },
  { is: types.isSet, what: "a Set", mend: (name) => `publish [...${name}]` },
  { is: types.isTypedArray, what: "a typed array", mend: (name) => `publish [...${name}]` },
  { is: types.isPromise, what: "a Promise", mend: (name) => `publish await ${name}` },
  { is: types.isNativeError, what: "an Error", mend: (name) => `publish ${name}.message` },
];

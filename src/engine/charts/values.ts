import { timeOf } from "../format/times.ts";
import { asNumber } from "../format/written.ts";

/** A value, and what it is of: a time, a name, or only its place among the others. */
interface Item {
  readonly key: unknown;
  /** NaN where there is none: a gap. */
  readonly value: number;
  /** Whether its key is a time whatever it looks like, since its author says `at`. */
  readonly timed: boolean;
}

/** A line, or the bars of one kind. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Point {
  /** Milliseconds since 1970, the index of its name, or its place from 0. */
  readonly x: number;
  /** NaN in a gap. */
  readonly y: number;
}

/** What values are charted over. */
export type Over =
  | { readonly kind: "time" }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "order"; readonly length: number };

export interface Charted {
  readonly series: readonly Series[];
  readonly over: Over;
}

/** What is read of the values that a template gives: of one series, or of several by name. */
interface Given {
  readonly name: string;
  readonly items: readonly Item[];
}

/**
 * The values of a chart: a list of numbers, of `[at or name, value]` or of `{ at or name, value }`; of several series an object
 * of such lists. What is null, or no number, is a gap. Nothing at all is a chart without values.
 * @throws TypeError where they are no list, or one of other things
 */
export function readLists(helper: string, values: unknown): Charted {
  if (values === undefined || values === null) return charted([]);
  if (Array.isArray(values)) return charted([{ name: "", items: values.map((item) => itemOf(helper, item)) }]);
  if (typeof values !== "object") throw new TypeError(`${helper}() ${TAKES}`);
  return charted(
    Object.entries(values).map(([name, list]) => {
      if (list !== null && list !== undefined && !Array.isArray(list)) throw new TypeError(`${helper}() ${TAKES}`);
      return { name, items: (list ?? []).map((item: unknown) => itemOf(helper, item)) };
    }),
  );
}

/** As {@link readLists}, and besides an object of numbers by name; of several series an object of such. */
export function readBars(helper: string, values: unknown): Charted {
  const isObject = (value: unknown): value is object =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(values)) return readLists(helper, values);
  const entries = Object.entries(values);
  if (entries.some(([, value]) => Array.isArray(value))) return readLists(helper, values);
  const named = (of: object) =>
    Object.entries(of).map(([key, value]) => ({ key, value: asNumber(value), timed: false }));
  if (!entries.some(([, value]) => isObject(value))) return charted([{ name: "", items: named(values) }], true);
  return charted(
    entries.map(([name, of]) => ({ name, items: isObject(of) ? named(of) : [] })),
    true,
  );
}

const TAKES = "takes a list of numbers, of [time, value] or of { at, value }, or several such lists by name";

function itemOf(helper: string, item: unknown): Item {
  if (Array.isArray(item)) return { key: item[0], value: asNumber(item[1]), timed: false };
  if (typeof item !== "object" || item === null) return { key: undefined, value: asNumber(item), timed: false };
  const { at, name, value } = item as { at?: unknown; name?: unknown; value?: unknown };
  if (!("value" in item)) {
    const keys = Object.keys(item);
    throw new TypeError(
      `${helper}() ${TAKES}; here is an item of ${keys.join(", ") || "nothing"}. Say which they are: values.map((item) => [item.${keys[0] ?? "at"}, item.${keys[1] ?? "value"}])`,
    );
  }
  return { key: at ?? name, value: asNumber(value), timed: at !== undefined };
}

function charted(given: readonly Given[], areNames = false): Charted {
  const items = given.flatMap(({ items }) => items);
  if (!areNames && items.every(({ key }) => key === undefined || key === null)) return overOrder(given);
  if (!areNames && items.every(isTimed)) return overTime(given);
  return overNames(given);
}

/** Of numbers that stand alone in a pair, what is less is no time: a year, or a number of something. */
const LEAST_TIME_MS = 1e10;

/** What has no time is left out of those that have one. */
function isTimed({ key, timed }: Item): boolean {
  if (key === undefined || key === null) return true;
  if (timed) return true;
  return !Number.isNaN(timeOf(key)) && !(typeof key === "number" && Math.abs(key) < LEAST_TIME_MS);
}

function overTime(given: readonly Given[]): Charted {
  const series = given.map(({ name, items }) => {
    const points = items.map(({ key, value }) => ({ x: timeOf(key), y: value })).filter(({ x }) => !Number.isNaN(x));
    return { name, points: points.sort((a, b) => a.x - b.x) };
  });
  return { series, over: { kind: "time" } };
}

function overNames(given: readonly Given[]): Charted {
  const indices = new Map<string, number>();
  const indexOf = (name: string) => {
    const index = indices.get(name) ?? indices.size;
    indices.set(name, index);
    return index;
  };
  const read = given.map(({ name, items }) => {
    const values = new Map(items.map(({ key, value }) => [indexOf(String(key ?? "")), value]));
    return { name, values };
  });
  const names = [...indices.keys()];
  // A name that a series leaves out is a gap in it.
  const series = read.map(({ name, values }) => ({
    name,
    points: names.map((_, x) => ({ x, y: values.get(x) ?? Number.NaN })),
  }));
  return { series, over: { kind: "names", names } };
}

/** Of series of different lengths the last values are of one time. */
function overOrder(given: readonly Given[]): Charted {
  const length = Math.max(0, ...given.map(({ items }) => items.length));
  const series = given.map(({ name, items }) => ({
    name,
    points: items.map(({ value }, i) => ({ x: length - items.length + i, y: value })),
  }));
  return { series, over: { kind: "order", length } };
}

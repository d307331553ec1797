import { checkOptions } from "../core/option-names.ts";

/** The ways of writing values that have a name. */
export const FORMATS = ["number", "percent", "bytes", "duration"] as const;

/** How values are written. */
export type ValueFormat = (typeof FORMATS)[number] | ((value: number) => unknown);

/** What a template may say of a chart. Everything is optional. */
export interface ChartOptions {
  /** What it shows, for those who do not see it: “CPU”. */
  title?: string;
  /** What stands after each number: `ms`, `%`. */
  unit?: string | null;
  /** How values are written: as a number by default; shares of 1 as `percent`, `bytes`, ms as `duration`, or by a function. */
  format?: ValueFormat;
  /** The language whose way of writing numbers and times it is; by default that of the site. */
  lang?: string;
  /** The time zone of its times, as `Europe/Berlin`; UTC by default. */
  zone?: string;
  /** The scale goes down to it at least; of a gauge, it begins there. */
  min?: number;
  /** The scale goes up to it at least; of a gauge, it ends there. */
  max?: number;
  /** A value that is marked, with a word of yours: 20, or `{ value: 20, name: "too hot" }`. */
  limit?: number | { value: number; name?: string } | null;
}

const ALL = ["title", "unit", "format", "lang", "zone", "min", "max", "limit"] as const;

/** @throws TypeError that names what is misspelt, or is not what it has to be */
export function checkChart(
  helper: string,
  given: ChartOptions,
  known: readonly (keyof ChartOptions)[] = ALL,
): ChartOptions {
  checkOptions(helper, given, known);
  for (const name of ["min", "max"] as const) {
    const value = given[name];
    if (value !== undefined && !Number.isFinite(value)) throw new TypeError(`${helper}() takes a number as ${name}`);
  }
  const { limit } = given;
  if (typeof limit === "object" && limit !== null) checkOptions(`limit in ${helper}`, limit, ["value", "name"]);
  const value = limitOf(given)?.value;
  if (value !== undefined && !Number.isFinite(value)) throw new TypeError(`${helper}() takes a number as limit`);
  return given;
}

export interface ChartLimit {
  readonly value: number;
  /** Its own, if it has one. */
  readonly name?: string | undefined;
}

export function limitOf({ limit }: ChartOptions): ChartLimit | undefined {
  if (limit === undefined || limit === null) return undefined;
  return typeof limit === "object" ? { value: limit.value, name: limit.name } : { value: limit };
}

/** The ends that the scale has to reach. */
export function endsOf(options: ChartOptions): number[] {
  return [options.min, options.max, limitOf(options)?.value].filter((value) => value !== undefined);
}

import { date, time } from "../format/dates.ts";
import type { ChartOptions } from "./options.ts";
import { rounded } from "./svg.ts";
import { timeTicks } from "./time-ticks.ts";
import { extent } from "./value-axis.ts";
import type { Charted } from "./values.ts";

/** A label below a chart. */
export interface Tick {
  /** From the left in percent. */
  readonly at: number;
  readonly text: string;
}

/** Where values are from left to right. */
export interface Across {
  /** In percent. */
  readonly place: (x: number) => number;
  /** How much of the width one value has, in percent: for bars. */
  readonly band: number;
  /** The labels that there is room for on a wide chart, and on a narrow one. */
  readonly ticks: { readonly wide: readonly Tick[]; readonly narrow: readonly Tick[] };
  /** What a value is of, in words. */
  readonly name: (x: number) => string;
  /** Whether that is more than its place among the others. */
  readonly named: boolean;
}

/** How many letters stand beside each other below a wide chart, and a narrow one. */
const LETTERS = { wide: 84, narrow: 40 };
const MAX_NAME_LETTERS = 16;
/** How many times there are at most; fewer where their names need the room. */
const TIMES = { wide: 7, narrow: 4 };

/** @param bands whether each value has a part of the width, as a bar does, or is a point on it */
export function acrossOf(helper: string, { series, over }: Charted, bands: boolean, options: ChartOptions): Across {
  if (over.kind === "time") return overTime(helper, series, bands, options);
  const names = over.kind === "names" ? over.names : [];
  const n = over.kind === "names" ? names.length : over.length;
  const inBands = bands || over.kind === "names";
  const place = (x: number) => rounded(inBands ? (100 * (x + 0.5)) / n : n <= 1 ? 100 : (100 * x) / (n - 1));
  const ticks = { wide: some(names, LETTERS.wide, place), narrow: some(names, LETTERS.narrow, place) };
  return {
    place,
    band: 100 / Math.max(1, n),
    ticks,
    name: (x) => names[x] ?? String(x + 1),
    named: over.kind === "names",
  };
}

/** As many names, evenly, as there is room for. */
function some(names: readonly string[], letters: number, place: (x: number) => number): Tick[] {
  const short = names.map((name) => {
    const all = [...name];
    return all.length > MAX_NAME_LETTERS ? `${all.slice(0, MAX_NAME_LETTERS - 1).join("")}…` : name;
  });
  const longest = short.reduce((most, name) => Math.max(most, name.length), 1);
  const each = Math.ceil(names.length / Math.max(1, Math.floor(letters / (longest + 2))));
  return short.flatMap((text, x) => (x % each === 0 ? [{ at: place(x), text }] : []));
}

function overTime(
  helper: string,
  series: Charted["series"],
  bands: boolean,
  { zone = "UTC", lang }: ChartOptions,
): Across {
  const times = series.flatMap(({ points }) => points.map(({ x }) => x));
  const [first, last] = times.length === 0 ? [0, 0] : extent(times);
  const gap = bands ? leastGap(times) : 0;
  const [from, width] = [first - gap / 2, last - first + gap];
  const place = (x: number) => rounded(width === 0 ? (bands ? 50 : 100) : (100 * (x - from)) / width);
  const ticks = (wide: "wide" | "narrow"): Tick[] => {
    for (let count = times.length === 0 ? 0 : TIMES[wide]; count > 0; count--) {
      const found = timeTicks(helper, [first, last], { count, zone, lang });
      const placed = found.map(({ at, text }) => ({ at: place(at), text }));
      // Between two bars is nothing to be told.
      const finer = found.length > 1 && found[1]!.at - found[0]!.at < gap;
      if (!finer && haveRoom(placed, LETTERS[wide])) return placed;
    }
    return [];
  };
  return {
    place,
    band: width === 0 ? 100 : (100 * gap) / width,
    ticks: { wide: ticks("wide"), narrow: ticks("narrow") },
    name: (x) => momentOf(x, { zone, ...(lang !== undefined && { lang }) }),
    named: true,
  };
}

/** Whether no label reaches the next, where so many letters stand beside each other. */
function haveRoom(ticks: readonly Tick[], letters: number): boolean {
  let reached = Number.NEGATIVE_INFINITY;
  for (const { at, text } of ticks) {
    const width = (100 * text.length) / letters;
    const begins = at - width * { start: 0, middle: 0.5, end: 1 }[anchorOf(at)];
    if (begins < reached) return false;
    reached = begins + width + 200 / letters;
  }
  return true;
}

/** A label that is nearer to an edge than this, in percent, begins, or ends, at its place. */
const NEAR_EDGE = 5;

/** How a label stands at its place, so that none reaches over an edge of the chart. */
export function anchorOf(at: number): "start" | "middle" | "end" {
  return at < NEAR_EDGE ? "start" : at > 100 - NEAR_EDGE ? "end" : "middle";
}

/** Of two neighbours that are nearest to each other; 0 where there are not two. */
function leastGap(times: readonly number[]): number {
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((time, i) => time - sorted[i]!);
  return gaps.length === 0 ? 0 : extent(gaps)[0];
}

function momentOf(ms: number, options: { zone: string; lang?: string }): string {
  const day = date(ms, options);
  const moment = time(ms, { ...options, seconds: ms % 60_000 !== 0 });
  return moment === "00:00" ? day : `${day}, ${moment}`;
}

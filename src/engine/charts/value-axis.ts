import { scaleLinear } from "d3-scale";
import { rounded } from "./svg.ts";

/** Beyond it all values are alike, and below it they are 0: between, no arithmetic of a scale runs over. */
const MOST = 1e300;
const LEAST = 1e-290;
/** What differs by a smaller part of itself is one value: no label could tell it apart. */
const ALIKE = 1e-9;
/** About so many lines, and fewer where that would be more than are quiet. */
const TICKS = 4;
const MAX_STEPS = 5;

/** Where values are drawn, and where the lines are that tell them. */
export interface ValueAxis {
  /** From top to bottom, evenly spaced, the first at 0 and the last at 100; none where there is no value. */
  readonly ticks: readonly number[];
  /** How far one is from the next. */
  readonly step: number;
  /** From the top in percent. */
  readonly place: (value: number) => number;
}

/**
 * @param values all that has to have a place, with limits; what is no number is left out
 * @param options.zero whether 0 has to have one, as for bars, whose length is the value
 */
export function valueAxis(values: readonly number[], { zero = false }: { zero?: boolean } = {}): ValueAxis {
  const known = values.filter((value) => !Number.isNaN(value)).map(tame);
  if (known.length === 0) return { ticks: [], step: 0, place: () => 100 };
  if (zero) known.push(0);
  const domain = domainOf(known);
  const scale = scaleLinear().range([100, 0]);
  let ticks: number[] = [];
  for (let count = TICKS; count > 1; count--) {
    const [low, high] = scale.domain(domain).nice(count).domain() as [number, number];
    ticks = [low, ...scale.ticks(count).filter((tick) => tick > low && tick < high), high].reverse();
    if (ticks.length <= MAX_STEPS + 1) break;
  }
  const [high, low] = [ticks[0]!, ticks.at(-1)!];
  return { ticks, step: (high - low) / (ticks.length - 1), place: (value) => rounded(scale(tame(value))) };
}

/** The lowest and the highest that are shown: never the same, so that a value that stays has its place in the middle. */
export function domainOf(known: readonly number[]): [number, number] {
  const [low, high] = extent(known);
  if (high - low > ALIKE * Math.max(Math.abs(low), Math.abs(high))) return [low, high];
  return low === 0 ? [0, 1] : [low - Math.abs(low) / 10, low + Math.abs(low) / 10];
}

/** Of a list that may be longer than a call takes arguments. */
export function extent(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

export function tame(value: number): number {
  if (Math.abs(value) < LEAST) return 0;
  return Math.min(MOST, Math.max(-MOST, value));
}

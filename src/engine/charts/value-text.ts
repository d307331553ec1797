import { didYouMean } from "../core/problem.ts";
import { duration } from "../format/durations.ts";
import { intl, LARGE } from "../format/intl.ts";
import { bytes, DASH, LANG, number, percent, withUnit } from "../format/numbers.ts";
import type { Words } from "../words/words.ts";
import { type ChartLimit, type ChartOptions, FORMATS } from "./options.ts";

export interface ValueText {
  /** A value by itself. */
  readonly value: (value: number) => string;
  /** A value of the scale, beside others that are a step away: with as many decimals as tell them apart. */
  readonly tick: (value: number) => string;
}

/** A longer unit stands once above the scale, and not beside each of its numbers. */
const SHORT_LETTERS = 4;

/** The unit that stands above a scale, or "". */
export function unitAbove({ unit, format = "number" }: ChartOptions): string {
  return format === "number" && [...(unit ?? "")].length > SHORT_LETTERS ? (unit ?? "") : "";
}

/** From here on the numbers of a scale are shortened, where that leaves nothing out: 1.5M. */
const SHORTENED = 100_000;
const MAX_DECIMALS = 9;

/**
 * @param step how far one value of the scale is from the next
 * @throws TypeError if there is no such format
 */
export function valueText(helper: string, options: ChartOptions, step: number): ValueText {
  const { format = "number", lang = LANG } = options;
  const unit = options.unit ?? "";
  if (typeof format === "function") return both((value) => String(format(value)));
  switch (format) {
    case "percent": {
      const decimals = decimalsOf(step * 100);
      return both((value) => percent(value, { decimals, lang }));
    }
    case "bytes":
      return both((value) => bytes(value, { lang }));
    case "duration":
      return both((value) => duration(value, { lang }));
    case "number":
      return {
        value: (value) => number(readable(value), { unit, lang }),
        tick: (value) => withUnit(tick(value, step, lang), unitAbove(options) === "" ? unit : ""),
      };
    default:
      throw new TypeError(
        `${helper}() has no format “${format}”.${didYouMean(String(format), FORMATS)} It has ${FORMATS.join(", ")}, and takes a function.`,
      );
  }
}

/** Nobody reads 397.472725 to the end: no more decimals than make six digits, but two, and what is before the point as it is. */
function readable(value: number): number {
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  return whole > 0 ? Number(value.toFixed(Math.max(2, 6 - whole))) : value;
}

/** What a chart says of its limit: its name, or the word for one that has none, and its value. */
export function limitText({ value, name }: ChartLimit, write: ValueText["value"], words: Words): string {
  return `${name ?? words.of("chart_limit")} ${write(value)}`;
}

function both(write: (value: number) => string): ValueText {
  const value = (value: number) => (Number.isNaN(value) ? DASH : write(value));
  return { value, tick: value };
}

function tick(value: number, step: number, lang: string): string {
  const size = Math.abs(value);
  const write = (options: Intl.NumberFormatOptions) =>
    intl("chart", "NumberFormat", lang, { ...options, signDisplay: "negative" }).format(value);
  if (size >= LARGE || (step > 0 && decimalsOf(step) > MAX_DECIMALS)) {
    const digits = size === 0 || step === 0 ? 1 : Math.max(1, Math.ceil(Math.log10(size / step)) + 1);
    return write({ notation: "scientific", maximumSignificantDigits: Math.min(digits, 12) });
  }
  if (size >= SHORTENED && step >= 1_000) {
    const thousands = 1_000 ** Math.floor(Math.log10(size) / 3);
    return write({ notation: "compact", maximumFractionDigits: decimalsOf(step / thousands) });
  }
  const decimals = decimalsOf(step);
  return write({ maximumFractionDigits: decimals, minimumFractionDigits: decimals });
}

/** How many decimals steps of such a size need. */
function decimalsOf(step: number): number {
  return step > 0 ? Math.min(20, Math.max(0, Math.ceil(-Math.log10(step) - 1e-6))) : 0;
}

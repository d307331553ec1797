import { checkOptions } from "../core/option-names.ts";
import { intl, numberText } from "./intl.ts";
import { DASH, LANG } from "./numbers.ts";
import { timeOf } from "./times.ts";
import { asNumber } from "./written.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What is less is written as none. */
const LEAST_MS = 0.05;

/** The largest first. */
const STEPS = [
  { unit: "day", ms: DAY_MS },
  { unit: "hour", ms: HOUR_MS },
  { unit: "minute", ms: MINUTE_MS },
  { unit: "second", ms: SECOND_MS },
] as const;

export interface DurationOptions {
  /** Whether units are written out: `5 minutes 20 seconds`. Not by default. */
  long?: boolean;
  lang?: string;
}

/**
 * How long something takes: `350ms`, `1.2s`, `5m 20s`, `3d 4h`. Two units at most.
 * @param value milliseconds, as all times here are
 */
export function duration(value: unknown, options: DurationOptions = {}): string {
  checkOptions("format.duration", options, ["long", "lang"]);
  const { long = false, lang = LANG } = options;
  const length = asNumber(value);
  if (Number.isNaN(length)) return DASH;
  const size = Math.abs(length) < LEAST_MS ? 0 : Math.abs(length);
  const sign = length < 0 && size > 0 ? "-" : "";
  const written = (n: number, unit: string, decimals = 0) =>
    numberText("format.duration", n, lang, {
      style: "unit",
      unit,
      unitDisplay: long ? "long" : "narrow",
      maximumFractionDigits: decimals,
    });
  if (size < SECOND_MS - 0.5) return sign + written(size, "millisecond", size < 10 ? 1 : 0);
  if (size < 10 * SECOND_MS - 50) return sign + written(size / SECOND_MS, "second", 1);
  const [large, small] = inTwo(size);
  const rest = small.n === 0 ? "" : ` ${written(small.n, small.unit)}`;
  return sign + (large.n === 0 ? rest.trim() : written(large.n, large.unit) + rest);
}

/** In two neighbouring units, rounded at the smaller one: so what is nearly an hour is an hour, and not 60 minutes. */
function inTwo(size: number): [{ n: number; unit: string }, { n: number; unit: string }] {
  for (let i = 0; i < STEPS.length - 2; i++) {
    const [large, small] = [STEPS[i]!, STEPS[i + 1]!];
    const rounded = Math.round(size / small.ms);
    const each = large.ms / small.ms;
    if (rounded >= each) {
      return [
        { n: Math.floor(rounded / each), unit: large.unit },
        { n: rounded % each, unit: small.unit },
      ];
    }
  }
  const seconds = Math.round(size / SECOND_MS);
  return [
    { n: Math.floor(seconds / 60), unit: "minute" },
    { n: seconds % 60, unit: "second" },
  ];
}

const MONTH_DAYS = 30.44;
const AGES = [{ unit: "year", ms: 365.25 * DAY_MS }, { unit: "month", ms: MONTH_DAYS * DAY_MS }, ...STEPS] as const;

export interface AgoOptions {
  lang?: string;
}

/**
 * How long before another time something was: `5 minutes ago`, and `in 5 minutes` where it is after that.
 * @param time milliseconds since 1970, or an ISO text
 * @param at the time to compare with: templates read no clock, so that a page that is rendered again is the same. In a widget
 *   it is `at`, when the value was published
 * @throws TypeError where `at` is left out
 */
export function ago(time: unknown, ...compared: [at?: unknown, options?: AgoOptions]): string {
  const [at, options = {}] = compared;
  if (compared.length === 0) {
    throw new TypeError(
      "format.ago() compares with a time that you give, since templates read no clock: format.ago(data.since, at)",
    );
  }
  checkOptions("format.ago", options, ["lang"]);
  const passed = timeOf(at) - timeOf(time);
  if (Number.isNaN(passed)) return DASH;
  const { unit, ms } = AGES.find((age) => Math.abs(passed) >= age.ms) ?? { unit: "second", ms: SECOND_MS };
  const n = Math.trunc(passed / ms);
  // Only of 0 is it "now": "yesterday" would say more than is known.
  const numeric = n === 0 ? "auto" : "always";
  return intl("format.ago", "RelativeTimeFormat", options.lang ?? LANG, { numeric }).format(n === 0 ? 0 : -n, unit);
}

import { intl, LARGE } from "./intl.ts";
import { timeOf } from "./times.ts";

/** The helpers for numbers and times that widgets' templates see. */
export const WRITTEN_NAMES = ["asNumber", "asDigits", "utc"];

const NUMERAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/**
 * The number that a value is, or that a text says. JavaScript's own `Number` takes blank text, null, false and [] for 0.
 * @returns NaN where it is none, or beyond what numbers reach
 */
export function asNumber(value: unknown): number {
  const number = typeof value === "string" && NUMERAL.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : Number.NaN;
}

/** Below it a number is written as 1.5E-300, and from {@link LARGE} on as 1.5E300. */
const TINY = 1e-9;
/** A small number keeps at least so many digits, whatever its decimals. */
const MIN_DIGITS = 4;

/**
 * A number as people write it: 1,234.5. A small one keeps enough digits not to look like 0, and 0 is never -0.
 * @param most how many decimals there may be
 * @param least how many there always are
 * @param lang whose digits and signs they are: `de`
 */
export function asDigits(value: number, most = 6, least = 0, lang = "en"): string {
  const size = Math.abs(value);
  const text = (options: Intl.NumberFormatOptions) =>
    intl("asDigits", "NumberFormat", lang, { ...options, signDisplay: "negative" }).format(value);
  if (size >= LARGE || (size > 0 && size < TINY)) {
    return text({ notation: "scientific", maximumSignificantDigits: most + 1 });
  }
  const few = Math.max(10 ** -most, Math.min(0.01, 10 ** (MIN_DIGITS - 1 - most)));
  if (size > 0 && size < few) {
    return text({ maximumSignificantDigits: MIN_DIGITS });
  }
  return text({ maximumFractionDigits: most, minimumFractionDigits: least });
}

/**
 * The time of a value, as `14:03:07 UTC`: the same on every node, whatever its zone, and the same as all others on the page.
 * @param at milliseconds since 1970, or an ISO text; what is missing is nothing
 * @throws TypeError if it is no time
 */
export function utc(at: unknown): string {
  if (at === undefined || at === null) return "";
  const time = timeOf(at);
  if (Number.isNaN(time)) {
    throw new TypeError("utc() takes milliseconds since 1970, or a text such as 2026-11-21T14:03:07Z");
  }
  const iso = new Date(time).toISOString();
  return `<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`;
}

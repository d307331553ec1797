import { checkOptions } from "../core/option-names.ts";
import { intl, numberText } from "./intl.ts";
import { asDigits, asNumber } from "./written.ts";

/** What stands for a value that there is not, or that is none: never an error, since values are the publisher's. */
export const DASH = "–";

export interface NumberOptions {
  /** Always so many decimals, from 0 to 20. By default as many as the number has, up to 6. */
  decimals?: number;
  /** What stands after it: `ms`, `°C`, `%`; nothing where it is null, as what is published may be. */
  unit?: string | null;
  /** Whether + is written, too. Not by default. */
  sign?: boolean;
  /** Whether it is shortened: `1.2M`. Not by default. */
  compact?: boolean;
  /** A currency's code, as `EUR`. */
  currency?: string;
  /** The language whose way of writing it is: `de`. By default that of the site: see formatIn(). */
  lang?: string;
}

export const LANG = "en";
const DECIMALS = 6;

/**
 * A number as people write it: `1,234.5`.
 * @returns a dash where the value is no number, nor a text that says one
 * @throws TypeError for an option that there is not, or that is wrong
 */
export function number(value: unknown, options: NumberOptions = {}): string {
  checkOptions("format.number", options, ["decimals", "unit", "sign", "compact", "currency", "lang"]);
  const { decimals, unit, sign = false, compact = false, currency, lang = LANG } = options;
  checkDecimals("format.number", decimals);
  const given = asNumber(value);
  if (Number.isNaN(given)) return DASH;
  const plus = sign && given > 0 ? "+" : "";
  const plain = !compact && currency === undefined;
  return (
    plus +
    withUnit(plain ? digits(given, decimals, lang) : fancy(given, { decimals, compact, currency, lang }), unit ?? "")
  );
}

function digits(value: number, decimals: number | undefined, lang: string): string {
  if (decimals === undefined) {
    intl("format.number", "NumberFormat", lang, {}); // says what is wrong with the language
    return asDigits(value, DECIMALS, 0, lang);
  }
  return fixed("format.number", value, decimals, lang);
}

function fancy(
  value: number,
  { decimals, compact, currency, lang }: { decimals?: number; compact: boolean; currency?: string; lang: string },
): string {
  const most = decimals ?? (currency === undefined ? 1 : undefined);
  return numberText("format.number", value, lang, {
    ...(compact && { notation: "compact" }),
    ...(currency !== undefined && { style: "currency", currency }),
    ...(most !== undefined && { maximumFractionDigits: most, minimumFractionDigits: decimals ?? 0 }),
  });
}

const MAX_DECIMALS = 20;

function checkDecimals(helper: string, decimals: number | undefined): void {
  if (decimals === undefined || (Number.isInteger(decimals) && decimals >= 0 && decimals <= MAX_DECIMALS)) return;
  throw new TypeError(`${helper}() takes decimals from 0 to ${MAX_DECIMALS}`);
}

/** With always so many decimals. */
function fixed(helper: string, value: number, decimals: number, lang: string, style?: "percent"): string {
  return numberText(helper, value, lang, {
    ...(style !== undefined && { style }),
    maximumFractionDigits: decimals,
    minimumFractionDigits: decimals,
  });
}

/** English writes these at once after the number; all others after a space at which no line breaks. */
const AT_ONCE = /^[%‰°′″](?!C|F)/;

export function withUnit(text: string, unit: string): string {
  return unit === "" ? text : AT_ONCE.test(unit) ? text + unit : `${text}\u00A0${unit}`;
}

export interface PercentOptions {
  /** Always so many decimals: 0 by default. */
  decimals?: number;
  lang?: string;
}

/** A share of 1 as percent: 0.123 is `12%`. */
export function percent(value: unknown, options: PercentOptions = {}): string {
  checkOptions("format.percent", options, ["decimals", "lang"]);
  const { decimals = 0, lang = LANG } = options;
  checkDecimals("format.percent", decimals);
  const share = asNumber(value);
  return Number.isNaN(share) ? DASH : fixed("format.percent", share, decimals, lang, "percent");
}

export interface BytesOptions {
  /** Decimals at most: 1 by default. Bytes have none. */
  decimals?: number;
  /** Whether a step is 1,024 and not 1,000: `1.5 GiB`. Not by default. */
  binary?: boolean;
  lang?: string;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A number of bytes, in the unit that leaves a number to be read: `1.5 GB`. */
export function bytes(value: unknown, options: BytesOptions = {}): string {
  checkOptions("format.bytes", options, ["decimals", "binary", "lang"]);
  const { decimals = 1, binary = false, lang = LANG } = options;
  checkDecimals("format.bytes", decimals);
  const size = asNumber(value);
  if (Number.isNaN(size)) return DASH;
  const [step, units] = binary ? [1024, BINARY_UNITS] : [1000, UNITS];
  const most = (power: number) => (power === 0 ? 0 : decimals);
  const written = (power: number) => Number((size / step ** power).toFixed(most(power)));
  let power = 0;
  // What is rounded up to the next unit's 1 is written in that one: never 1,000 kB.
  while (power < units.length - 1 && Math.abs(written(power)) >= step) power++;
  const text = numberText("format.bytes", size / step ** power, lang, { maximumFractionDigits: most(power) });
  return withUnit(text, units[power]!);
}

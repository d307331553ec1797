import { checkOptions } from "../core/option-names.ts";
import { intl } from "./intl.ts";
import { DASH } from "./numbers.ts";
import { timeOf } from "./times.ts";

/** English as most of the world writes it: 21 Nov 2026, 14:03. */
export const DATE_LANG = "en-GB";

export interface DateOptions {
  /** The time zone, as `Europe/Berlin`; UTC by default. */
  zone?: string;
  lang?: string;
}

/** A day, as `21 Nov 2026`. @param at milliseconds since 1970, or an ISO text */
export function date(at: unknown, options: DateOptions = {}): string {
  checkOptions("format.date", options, ["zone", "lang"]);
  return written("format.date", at, options, { year: "numeric", month: "short", day: "numeric" });
}

export interface TimeOptions extends DateOptions {
  /** Whether seconds are written. Not by default. */
  seconds?: boolean;
}

/** A time of the day, as `14:03`. @param at milliseconds since 1970, or an ISO text */
export function time(at: unknown, options: TimeOptions = {}): string {
  checkOptions("format.time", options, ["zone", "seconds", "lang"]);
  const { seconds = false, ...rest } = options;
  return written("format.time", at, rest, {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
    hourCycle: "h23",
  });
}

function written(
  helper: string,
  at: unknown,
  { zone = "UTC", lang = DATE_LANG }: DateOptions,
  parts: Intl.DateTimeFormatOptions,
): string {
  const format = intl(helper, "DateTimeFormat", lang, { ...parts, timeZone: zone });
  const ms = timeOf(at);
  return Number.isNaN(ms) ? DASH : format.format(ms);
}

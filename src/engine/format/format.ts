import { date, time } from "./dates.ts";
import { ago, duration } from "./durations.ts";
import { bytes, number, percent } from "./numbers.ts";

/**
 * What templates write numbers and times with. Each gives text, for `<%= %>`, and a dash for what is missing or is none: values are
 * the publisher's, and may be anything. Wrong options are the author's, and are said.
 */
export const format = Object.freeze({ number, percent, bytes, duration, ago, date, time });
export type Formatting = typeof format;

/** The same in a language, where a template names no other. @param lang undefined: what is usual in English */
export function formatIn(lang: string | undefined): Formatting {
  if (lang === undefined) return format;
  return Object.freeze({
    number: (value, options) => number(value, { lang, ...options }),
    percent: (value, options) => percent(value, { lang, ...options }),
    bytes: (value, options) => bytes(value, { lang, ...options }),
    duration: (value, options) => duration(value, { lang, ...options }),
    ago: (time, ...compared) => (compared.length === 0 ? ago(time) : ago(time, compared[0], { lang, ...compared[1] })),
    date: (at, options) => date(at, { lang, ...options }),
    time: (at, options) => time(at, { lang, ...options }),
  } satisfies Formatting);
}

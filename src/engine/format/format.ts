import { date, time } from "./dates.ts";
import { ago, duration } from "./durations.ts";
import { bytes, number, percent } from "./numbers.ts";

/**
 * What templates write numbers and times with. Each gives text, for `<%= %>`, and a dash for what is missing or is none: values are
 * the publisher's, and may be anything. Wrong options are the author's, and are said.
 */
export const format = Object.freeze({ number, percent, bytes, duration, ago, date, time });

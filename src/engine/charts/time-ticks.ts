import { scaleUtc } from "d3-scale";
import { DATE_LANG } from "../format/dates.ts";
import { intl } from "../format/intl.ts";
import { wallClock } from "./zone.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const MONTH_MS = 28 * DAY_MS;
const YEAR_MS = 360 * DAY_MS;

export interface TimeTick {
  readonly at: number;
  readonly text: string;
}

/**
 * Times that people count by, between two: about so many, and what each is called.
 * @param helper the template's helper, for errors
 */
export function timeTicks(
  helper: string,
  [from, to]: readonly [number, number],
  { count, zone, lang = DATE_LANG }: { count: number; zone: string; lang: string | undefined },
): TimeTick[] {
  const clock = wallClock(helper, zone);
  const shown = scaleUtc()
    .domain([clock.at(from), clock.at(to)])
    .ticks(count)
    .map(Number);
  const step = shown.length > 1 ? shown[1]! - shown[0]! : 0;
  const named = from === to ? [clock.at(from)] : shown;
  const ticks = named.map((wall) => ({ at: clock.when(wall), text: nameOf(helper, wall, step, lang) }));
  // Where clocks are put back an hour is shown twice: one of both is enough.
  return ticks.filter(({ at }, i) => at >= from && at <= to && (i === 0 || at > ticks[i - 1]!.at));
}

function nameOf(helper: string, wall: number, step: number, lang: string): string {
  const date = new Date(wall);
  const written = (options: Intl.DateTimeFormatOptions) =>
    intl(helper, "DateTimeFormat", lang, { ...options, hourCycle: "h23", timeZone: "UTC" }).format(date);
  if (step >= YEAR_MS || (step >= MONTH_MS && date.getUTCMonth() === 0)) return written({ year: "numeric" });
  if (step >= MONTH_MS) return written({ month: "short" });
  if (step >= DAY_MS || (step > 0 && wall % DAY_MS === 0)) return written({ day: "numeric", month: "short" });
  const minutes = { hour: "2-digit", minute: "2-digit" } as const;
  if (wall % 1_000 !== 0) return written({ ...minutes, second: "2-digit", fractionalSecondDigits: 3 });
  if (wall % 60_000 !== 0) return written({ ...minutes, second: "2-digit" });
  return written(minutes);
}

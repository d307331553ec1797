import { intl } from "../format/intl.ts";

/** What is further from now, as the year 3871, has no zones. */
const KNOWN_MS = 6e13;

/** What clocks show in a zone, as if it were UTC. */
export interface WallClock {
  /** What they show at a time. */
  readonly at: (ms: number) => number;
  /** When they show it. Where they show it twice it is one of these, where never a time near by. */
  readonly when: (shown: number) => number;
}

/** @throws TypeError if there is no such zone */
export function wallClock(helper: string, zone: string): WallClock {
  const format = intl(helper, "DateTimeFormat", "en", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const offset = (ms: number) => {
    if (zone === "UTC" || Math.abs(ms) > KNOWN_MS) return 0;
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const shown = Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second);
    return shown - Math.floor(ms / 1000) * 1000;
  };
  return {
    at: (ms) => ms + offset(ms),
    when: (shown) => {
      const near = shown - offset(shown);
      return shown - offset(near);
    },
  };
}

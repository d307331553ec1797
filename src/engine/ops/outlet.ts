import pino from "pino";
import { harmless } from "./entry.ts";

/** How much an entry matters. Of a LOG_LEVEL the entries of that level and of those after it are written. */
export const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

/** What an entry is about, for programs that read the log: names, numbers, and nothing that is secret. */
export interface About {
  /** Where it is not said: `error` for what is broken here, `warn` for what somebody else has to mend. */
  readonly level?: Level | undefined;
  /** Of the request that it is about. */
  readonly request_id?: string | undefined;
  readonly [name: string]: string | number | undefined;
}

/** Where entries are written: a text whose control characters are escaped already, of one line or several. */
export type Outlet = (level: Level, entry: string, about: About) => void;

/** For a person: the text. What is amiss goes to standard error. */
export const toTerminal: Outlet = (level, entry, { request_id: id }) => {
  const text = id === undefined ? entry : entry.replace(/\n|$/, (end) => ` (request ${harmless(id)})${end}`);
  if (level === "debug" || level === "info") console.log(text);
  else console.error(text);
};

/** For programs: one line of JSON an entry, its first line as `msg`, and what follows it, such as a stack, as `detail`. */
export function toJsonLines(): Outlet {
  // Synchronous, as the console is: what is written just before a crash or an exit is there. A log whose reader has stopped
  // holds up the process so; but what strangers can have written is bounded.
  const out = pino.destination({ fd: 1, sync: true });
  const options: pino.LoggerOptions = {
    level: "debug", // which are written was decided before
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const lines = pino(options, out);
  return (level, entry, about) => {
    const [msg, ...detail] = entry.split("\n").map((line, i) => (i === 0 ? line : line.replace(/^ {4}/, "")));
    const fields = Object.entries(about).map(([name, value]) => [
      name,
      typeof value === "string" ? harmless(value) : value,
    ]);
    lines[level]({ ...Object.fromEntries(fields), ...(detail.length > 0 && { detail: detail.join("\n") }) }, msg);
  };
}

import { Problem } from "../core/problem.ts";
import { entryOf, isBrief } from "./entry.ts";
import { Flood } from "./flood.ts";
import { type About, LEVELS, type Level, type Outlet, toTerminal } from "./outlet.ts";

/** Tells the operator something: a sentence, an error, or both. */
export type Report = (what: unknown, error?: unknown, about?: About) => void;
/** A {@link Report} that is given sentences alone, and perhaps what really happened. */
export type ReportSentence = (text: string, error?: unknown, about?: About) => void;

/** After what time an entry about a template is written again. */
const REPEAT_AFTER_MS = 3_600_000;
/** How many entries are remembered to have been written: they quote values, so that there may be any number of them. */
const MAX_KNOWN = 500;

/**
 * The operator's log of a server whose templates change. An error of a template would be logged again with each save, each
 * visit and each value of a source: so each is written once, and again when it has changed, or after an hour. What requests
 * bring about is bounded, since strangers send them.
 */
export class Logger {
  readonly #write: Outlet;
  readonly #least: number;
  /** What is written at `debug` cannot keep out what is more. */
  readonly #floods: Readonly<Record<"debug" | "more", Flood>>;
  #said = new Set<string>();
  #before = new Set<string>();
  #since = Date.now();

  constructor(write: Outlet = toTerminal, level: Level = "info") {
    this.#write = write;
    this.#least = LEVELS.indexOf(level);
    const flood = (level: Level) => new Flood((text) => this.report(text, undefined, { level }));
    this.#floods = { debug: flood("debug"), more: flood("warn") };
  }

  readonly report: Report = (what, error, { level = levelOf(what, error), ...about } = {}) => {
    if (LEVELS.indexOf(level) < this.#least) return;
    const entry = entryOf(what, error);
    if ([what, error].some(isOfTemplate) && !this.#isNews(entry)) return;
    const flood = this.#floods[level === "debug" ? "debug" : "more"];
    if (about.request_id !== undefined && !flood.admits(String(about.code ?? "other"))) return;
    this.#write(level, entry, about);
  };

  /** Tells of what goes as it should. */
  readonly info = (text: string, about: About = {}): void => this.report(text, undefined, { level: "info", ...about });

  /**
   * To be called when templates were changed: an error that does not come again is mended, and is written if it comes back
   * later.
   */
  readonly swapped = (): void => {
    this.#before = this.#said;
    this.#said = new Set();
    this.#since = Date.now();
  };

  #isNews(entry: string): boolean {
    if (this.#said.size >= MAX_KNOWN || Date.now() - this.#since > REPEAT_AFTER_MS) this.swapped();
    const known = this.#said.has(entry) || this.#before.has(entry);
    this.#said.add(entry);
    return !known;
  }
}

/** Tells the operator at the terminal, where nobody was given a logger. */
export const { report }: Pick<Logger, "report"> = new Logger();

function levelOf(...parts: unknown[]): Level {
  return parts.some((part) => (part instanceof Problem ? part.status >= 500 : part instanceof Error && !isBrief(part)))
    ? "error"
    : "warn";
}

/** Whether it is about a template: 422 is the answer to a value that its template cannot take. */
function isOfTemplate(part: unknown): boolean {
  return isBrief(part) || (part instanceof Problem && part.status === 422);
}

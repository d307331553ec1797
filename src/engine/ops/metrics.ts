/** Why a reader was sent regions anew, and not only what it missed. */
export const RESET_REASONS = [
  "no_cursor", // it came without one: a page whose stream got more regions, or a program that begins
  "cursor_invalid", // what it came with was never a cursor
  "cut_in_catch_up", // it was cut off while it was sent the pieces of a catch-up
  "other_log", // its cursor is of a log that another one has replaced
  "other_views", // its page was rendered with other templates
  "ahead", // its cursor is of an entry that this node does not have
  "url_cursor", // its cursor is that of its page's load: the page may have newer items by now
  "templates_changed", // the templates changed while its stream was open
  "log_replaced", // the log was replaced while its stream was open
] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

/** How a page whose stream was gone came back. */
export const HEAL_REASONS = [
  "last_event_id", // its browser reconnected, and said how far the page was
  "stream_anew", // the page itself asked for a new stream
] as const;
export type HealReason = (typeof HEAL_REASONS)[number];

/**
 * What one server has done since its start, as plain numbers: whoever does something counts it here, and /metrics and the
 * inspector read it. It is handed down from where the server is put together, so that two servers in one process do not count
 * together. What is true now, such as how many streams are open, is no part of it: that is asked of whoever knows.
 */
export class Metrics {
  /** Values published by whichever node, as this one has read them in the log. */
  publishes = 0;
  /** Events written to readers: one event to a thousand readers is a thousand. What a catch-up brings is none. */
  deliveries = 0;
  /** Bytes written to streams, catch-ups and heartbeats included, as they are compressed, and before TLS. */
  bytes = 0;
  /** How often a reader was sent what it lacked: when it came, or once it read again after it had stopped. */
  catchUps = 0;
  /** Questions of open pages that are not live just now, for what is new. */
  asks = 0;
  /** How often the log could not be reached any more. */
  logLosses = 0;
  readonly resets = new Tally<ResetReason>();
  readonly heals = new Tally<HealReason>();
  /** By the code of the error that was answered. */
  readonly refusals = new Tally<string>();
  /** By the widget of the source's topic, since a family's topics are without number. */
  readonly sourceFailures = new Tally<string>();
  /** By the action's name: presses that were taken; that were refused, as their visitors were told; and that its author has to mend. */
  readonly actionsTaken = new Tally<string>();
  readonly actionsRefused = new Tally<string>();
  readonly actionFailures = new Tally<string>();
  /** Of what readers are sent: once for each update and region. */
  readonly renders = new Durations();
  /** Of what is published, only to refuse what its template cannot take. */
  readonly dryRuns = new Durations();
  /** Of appends to the log that were not refused. */
  readonly appends = new Durations();
}

/** Counts by name. Only names that are written in code or are an author's file may be counted by, or there is no end of them. */
export class Tally<Name extends string> {
  readonly #counts = new Map<Name, number>();

  add(name: Name, count = 1): void {
    this.#counts.set(name, this.get(name) + count);
  }

  get(name: Name): number {
    return this.#counts.get(name) ?? 0;
  }

  get total(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  [Symbol.iterator](): Iterator<[Name, number]> {
    return this.#counts.entries();
  }
}

/** The upper ends of what durations are sorted into, in seconds. What takes longer than the last is in none. */
const BOUNDS_S = [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

/** How long something took, each time, sorted by length. */
export class Durations {
  count = 0;
  /** In seconds, of all together. */
  sum = 0;
  readonly #counts = BOUNDS_S.map(() => 0);

  /** Does something, and counts how long it took; what throws is not counted. */
  time<Result>(work: () => Result): Result {
    const began = performance.now();
    const result = work();
    this.add((performance.now() - began) / 1000);
    return result;
  }

  add(seconds: number): void {
    this.count++;
    this.sum += seconds;
    const bucket = BOUNDS_S.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket]!++;
  }

  /** For each bound, in seconds, how many took no longer than that. */
  get upTo(): { readonly bound: number; readonly count: number }[] {
    let count = 0;
    return BOUNDS_S.map((bound, i) => {
      count += this.#counts[i]!;
      return { bound, count };
    });
  }
}

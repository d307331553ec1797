import type { Cursor } from "../core/cursor.ts";
import { unavailable } from "../log/failure.ts";
import type { Log } from "../log/log.ts";

interface Waiter {
  condition: () => boolean;
  resolve: () => void;
}

/**
 * Which log this node shows, and up to which entry. It is behind the log itself by what was appended and not delivered to this
 * node yet; and where another log takes the place of the one before, by all that this node has not read from the new one yet.
 */
export class Position {
  /** Whether the log can be reached just now. */
  reachable = true;
  /** The log that is followed. Its id is already the new one while this node still shows the old one. */
  readonly #followed: Pick<Log, "id">;
  #log: string;
  #seq = 0;
  #generation = 1;
  #isCurrent = true;
  #waiters = new Set<Waiter>();

  constructor(log: Pick<Log, "id">) {
    this.#followed = log;
    this.#log = log.id;
  }

  /** The id of the log that this node shows. */
  get log(): string {
    return this.#log;
  }

  /** The seq of the newest entry that has been applied here. */
  get seq(): number {
    return this.#seq;
  }

  /** Grows each time the log is replaced: what was read in one generation is void in the next. */
  get generation(): number {
    return this.#generation;
  }

  /** False from when the log was replaced until this node shows the new one. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Everything up to `seq` has been applied. */
  advance(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
    this.#wakeWaiters();
  }

  /** Another log has taken the place of the one that this node shows. It goes on showing the old one until {@link switchTo}. */
  logReplaced(): void {
    this.#generation++;
    this.#isCurrent = false;
  }

  /** This node now shows the new log, up to `seq`, which may be lower than what it had of the old one. */
  switchTo(log: string, seq: number): void {
    this.#log = log;
    this.#seq = seq;
    this.#isCurrent = true;
    this.#wakeWaiters();
  }

  /** Whether this node shows everything of that log up to `seq`. */
  shows(log: string, seq: number): boolean {
    return this.#isCurrent && this.#log === log && this.#seq >= seq;
  }

  /** Resolves once this node shows everything up to a cursor, or after `ms`; at once where the cursor is of another log. */
  async waitFor({ log, seq }: Pick<Cursor, "log" | "seq">, ms: number): Promise<void> {
    if (log !== this.#followed.id) return;
    await this.waitUntil(() => this.shows(log, seq), ms);
  }

  /**
   * As {@link waitFor}, for a page that comes with this cursor.
   * @throws Problem 503 `broker_unavailable` where this node is behind the cursor and cannot go on, since the log is away: what
   * it could send is older than what the page shows already
   */
  async waitForPage(cursor: Cursor, ms: number): Promise<void> {
    await this.waitFor(cursor, ms);
    const stuck = !this.reachable || !this.#isCurrent;
    if (stuck && cursor.log === this.#log && cursor.seq > this.#seq) throw unavailable();
  }

  /**
   * Resolves once `condition` holds, or after `ms`; without `ms` it waits as long as it takes. The condition is looked at now,
   * and again after each `advance` and `switchTo`.
   */
  async waitUntil(condition: () => boolean, ms?: number): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => waiter.resolve(), ms);
      const waiter: Waiter = {
        condition,
        resolve: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }

  #wakeWaiters(): void {
    for (const waiter of this.#waiters) if (waiter.condition()) waiter.resolve();
  }
}

import type { Cursor } from "../core/cursor.ts";
import { unavailable } from "../log/failure.ts";
import type { Log } from "../log/log.ts";

interface Waiter {
  done: () => boolean;
  resolve: () => void;
}

/** How far this node has applied which log. */
export class Position {
  /** Whether the log can be reached. */
  reachable = true;
  readonly #present: Pick<Log, "id">;
  #log: string;
  #seq = 0;
  #lives = 1;
  #settled = true;
  #waiters = new Set<Waiter>();

  constructor(log: Pick<Log, "id">) {
    this.#present = log;
    this.#log = log.id;
  }

  /** The id of the log that this node shows. */
  get log(): string {
    return this.#log;
  }

  get seq(): number {
    return this.#seq;
  }

  /** How often the log was replaced, and one: what was read in one life is void in the next. */
  get life(): number {
    return this.#lives;
  }

  /** False from when the log was replaced until this node shows what the new one holds. */
  get settled(): boolean {
    return this.#settled;
  }

  advance(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
    this.#step();
  }

  /** The log was replaced. This node stays where it was until it has read the new one. */
  replaced(): void {
    this.#lives++;
    this.#settled = false;
  }

  /** This node is in the new log, whose seq may be lower. */
  settle(log: string, seq: number): void {
    this.#log = log;
    this.#seq = seq;
    this.#settled = true;
    this.#step();
  }

  /** Resolves once this node shows what a cursor covers, or after `ms`; at once where it is no cursor of this log. */
  async reached({ log, seq }: Pick<Cursor, "log" | "seq">, ms: number): Promise<void> {
    if (log !== this.#present.id) return;
    await this.until(() => this.#settled && this.#log === log && this.#seq >= seq, ms);
  }

  /**
   * The same for a page that comes with this cursor.
   * @throws Problem 503 `broker_unavailable` where this node is behind and cannot go on: the page must not go back
   */
  async arrived(cursor: Cursor, ms: number): Promise<void> {
    await this.reached(cursor, ms);
    const stuck = !this.reachable || !this.#settled;
    if (stuck && cursor.log === this.#log && cursor.seq > this.#seq) throw unavailable();
  }

  /** Resolves once `done`, which is asked after each step, or after `ms`. */
  async until(done: () => boolean, ms?: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => waiter.resolve(), ms);
      const waiter: Waiter = {
        done,
        resolve: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }

  #step(): void {
    for (const waiter of this.#waiters) if (waiter.done()) waiter.resolve();
  }
}

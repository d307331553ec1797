import { Slots } from "./slots.ts";
import type { Subscriber } from "./subscriber.ts";

/** How many parts the interval has, over which the streams' beats are spread. */
const SLOTS = 15;

/**
 * Between two beats of a stream, by default. What signs.css takes for overdue goes with it: a page notices within 20 s that no more
 * come, and has its stream again.
 */
export const HEARTBEAT_MS = 7_000;

/** Keeps idle streams open, and tells each page that its own is alive: calls `beat` for each of them once in an interval. */
export class Heartbeat {
  #slots = Array.from({ length: SLOTS }, () => new Set<Subscriber>());
  #spread = new Slots(SLOTS);
  #beats: NodeJS.Timeout;

  /** @param intervalMs between two beats of one stream */
  constructor(intervalMs: number, beat: (subscribers: Iterable<Subscriber>) => void) {
    let slot = 0;
    this.#beats = setInterval(() => {
      beat(this.#slots[slot]!);
      slot = (slot + 1) % SLOTS;
    }, intervalMs / SLOTS);
    this.#beats.unref();
  }

  get size(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.size, 0);
  }

  add(subscriber: Subscriber): void {
    this.#slots[this.#spread.slotFor(subscriber.group)]!.add(subscriber);
  }

  /** @returns whether it was there */
  delete(subscriber: Subscriber): boolean {
    return this.#slots.some((slot) => slot.delete(subscriber));
  }

  [Symbol.iterator](): Iterator<Subscriber> {
    return this.#slots.flatMap((slot) => [...slot])[Symbol.iterator]();
  }

  stop(): void {
    clearInterval(this.#beats);
  }
}

/** State topics reach a page at most once in this time: 60 swaps a second, however much is published. */
const FLUSH_INTERVAL_MS = 16;

/**
 * Decides when pending updates are rendered and fanned out, which is a flush. The first update after a pause is flushed at
 * once. What is requested while a flush has just been waits, and goes together: urgent updates until the end of this turn of
 * the event loop, all others until the end of the flush interval.
 */
export class FlushScheduler {
  readonly #flush: () => void;
  /** By `performance.now()`. */
  #flushedAt = Number.NEGATIVE_INFINITY;
  #flushedThisTick = false;
  #pending = false;
  #urgent = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param flush fans out all that is pending, and calls {@link flushed} */
  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** There are new updates. @param urgent whether they must not wait for the end of the flush interval */
  request(urgent: boolean): void {
    this.#pending = true;
    this.#urgent ||= urgent;
    if (!this.#flushedThisTick) this.#run();
  }

  /** Everything has just been fanned out, whether or not this scheduler had asked for it. */
  flushed(): void {
    this.#pending = false;
    this.#urgent = false;
    this.#flushedAt = performance.now();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#flush();
  }

  #run(): void {
    const wait = this.#urgent ? 0 : this.#flushedAt + FLUSH_INTERVAL_MS - performance.now();
    if (wait > 0) {
      this.#timer ??= setTimeout(this.#flush, wait);
      return;
    }
    this.#flushedThisTick = true;
    setImmediate(() => {
      this.#flushedThisTick = false;
      if (this.#pending) this.#run();
    });
    this.#flush();
  }
}

/** State topics reach a page at most once in this time: 60 swaps a second, whatever is published. */
const FRAME_MS = 16;

/**
 * When to fan out: at once when nothing is under way, since that is fastest for the lone update; what comes while it is
 * goes together, the urgent at the end of the tick, the rest at the end of the frame.
 */
export class FlushScheduler {
  readonly #flush: () => void;
  #flushed = Number.NEGATIVE_INFINITY;
  /** This tick has had its flush. */
  #busy = false;
  #pending = false;
  #urgent = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  request(urgent: boolean): void {
    this.#pending = true;
    this.#urgent ||= urgent;
    if (!this.#busy) this.#run();
  }

  /** Everything has just been fanned out. */
  flushed(): void {
    this.#pending = false;
    this.#urgent = false;
    this.#flushed = performance.now();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#flush();
  }

  #run(): void {
    const wait = this.#urgent ? 0 : this.#flushed + FRAME_MS - performance.now();
    if (wait > 0) {
      this.#timer ??= setTimeout(this.#flush, wait);
      return;
    }
    this.#busy = true;
    setImmediate(() => {
      this.#busy = false;
      if (this.#pending) this.#run();
    });
    this.#flush();
  }
}

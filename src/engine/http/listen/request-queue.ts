/**
 * The requests of one connection, which take turns: so many are at work at once, one begins in each turn of the event loop, and
 * the rest wait. However many come in one packet, everybody else's are looked at in between.
 */
export class RequestQueue {
  readonly #atOnce: number;
  readonly #waiting = new Set<() => Promise<void>>();
  #atWork = 0;
  #resting = false;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @param work over when what it returns is; it does not reject */
  take(work: () => Promise<void>): void {
    this.#waiting.add(work);
    this.#next();
  }

  /** Takes back what has not begun. */
  drop(work: () => Promise<void>): void {
    this.#waiting.delete(work);
  }

  #next(): void {
    if (this.#resting || this.#atWork === this.#atOnce) return;
    const [work] = this.#waiting;
    if (work === undefined) return;
    this.#waiting.delete(work);
    this.#atWork++;
    void work().then(() => {
      this.#atWork--;
      this.#next();
    });
    this.#resting = true;
    setImmediate(() => {
      this.#resting = false;
      this.#next();
    });
  }
}

/**
 * The requests of one connection. A bounded number is at work at once, and at most one begins in each turn of the event loop,
 * so that those of other connections get their turn, however many come in one packet.
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

  /** @param work resolves when it is done; never rejects */
  take(work: () => Promise<void>): void {
    this.#waiting.add(work);
    this.#next();
  }

  /** Removes work that has not begun. */
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

/** Publishes 1, 2, 3 and so on: one number each millisecond, unless told otherwise. */
export class Ticker {
  /** From one number to the next, in milliseconds. */
  everyMs = 1;
  /** The newest number that was published. */
  newest = 0;
  readonly #timer: NodeJS.Timeout;
  #done: Promise<unknown>[] = [];
  #waiting = new Set<{ number: number; resolve: () => void }>();

  constructor(publish: (n: number) => Promise<unknown>) {
    let due = 0;
    let before = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      due += (now - before) / this.everyMs;
      before = now;
      while (this.newest < due) this.#done.push(publish(++this.newest));
      for (const waiter of this.#waiting) {
        if (waiter.number > this.newest) continue;
        this.#waiting.delete(waiter);
        waiter.resolve();
      }
    }, 1);
  }

  /** Resolves once this number was published. */
  reached(number: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ number, resolve }));
  }

  /** Resolves once all are acknowledged. @returns how many they were */
  async stop(): Promise<number> {
    clearInterval(this.#timer);
    return (await Promise.all(this.#done)).length;
  }
}

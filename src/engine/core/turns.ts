/** How long all who share them work before the rest of the process has its turn, in milliseconds. */
const WORK_MS = 5;

/**
 * The event loop, shared: whoever has much to do takes a turn before each piece of it. However many they are, a look at the
 * sockets and timers of all others comes between two spells of work. A socket or a log that takes all that it is given gives
 * none by itself, and a promise never does.
 */
export class Turns {
  #began: number | undefined;
  #over: Promise<void> = Promise.resolve();

  /** Resolves when there is time for one more piece: at once, unless this spell of work has been long enough. */
  async take(): Promise<void> {
    for (;;) {
      this.#began ??= this.#begin();
      if (performance.now() - this.#began < WORK_MS) return;
      await this.#over;
    }
  }

  #begin(): number {
    this.#over = new Promise((resolve) => {
      setImmediate(() => {
        this.#began = undefined;
        resolve();
      });
    });
    return performance.now();
  }
}

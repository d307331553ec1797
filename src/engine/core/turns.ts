/** How long those who share the turns may work before the rest of the process has its turn. */
const WORK_MS = 5;

/**
 * Keeps work that comes in many pieces from blocking the process. All who share an object of this class call `take` before each
 * piece. However many they are, at most {@link WORK_MS} of their work is done before sockets and timers are served again. To
 * await a promise does not do that: as long as promises are resolved, Node serves nothing else.
 */
export class Turns {
  #began: number | undefined;
  #over: Promise<void> = Promise.resolve();

  /**
   * Whether one more piece may be done now; else {@link take} is to be awaited. To await it before each of ten thousand lines costs
   * more than what is done with most of them.
   */
  get isMine(): boolean {
    this.#began ??= this.#begin();
    return performance.now() - this.#began < WORK_MS;
  }

  /** Resolves when one more piece may be done: at once, unless the time is used up. */
  async take(): Promise<void> {
    while (!this.isMine) await this.#over;
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

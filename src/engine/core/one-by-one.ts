/** Runs async work one after the other, in the order in which it came, and lets a bounded number wait. */
export class OneByOne {
  readonly #most: number;
  readonly #full: () => Error;
  #waiting = 0;
  #present = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param most may wait, besides the one that runs @param full makes the error that is thrown where too many wait */
  constructor(most: number, full: () => Error) {
    this.#most = most;
    this.#full = full;
  }

  /** Whether nothing runs or waits. */
  get idle(): boolean {
    return this.#present === 0;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#most) throw this.#full();
    this.#waiting++;
    this.#present++;
    const before = this.#last;
    const mine = before
      .then(() => {
        this.#waiting--;
        return work();
      })
      .finally(() => {
        this.#present--;
      });
    this.#last = mine.catch(() => {});
    return mine;
  }
}

/** Does one thing after the other, and lets so many wait for their turn. */
export class OneByOne {
  readonly #most: number;
  readonly #full: () => Error;
  #waiting = 0;
  #present = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param full what is thrown where too many wait */
  constructor(most: number, full: () => Error) {
    this.#most = most;
    this.#full = full;
  }

  /** Whether nobody is at it, nor waits. */
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

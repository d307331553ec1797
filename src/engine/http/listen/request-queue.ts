/**
 * The requests of one connection. A bounded number is at work at once, and few begin in each turn of the event loop, so that those
 * of other connections get their turn, however many come in one packet.
 */
export class RequestQueue {
  readonly #atOnce: number;
  readonly #inTurn: number;
  /** Not a Map: see core/linked-list.ts. */
  readonly #waiting: { readonly work: () => Promise<void>; readonly places: number }[] = [];
  #atWork = 0;
  /** Places of those that have begun in this turn. */
  #begun = 0;

  /**
   * @param atOnce how many places there are
   * @param inTurn how many of them are taken at most in each turn of the event loop
   */
  constructor(atOnce: number, inTurn = 1) {
    this.#atOnce = atOnce;
    this.#inTurn = inTurn;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * @param work resolves when it is done; never rejects
   * @param places how many it takes: what takes all of them is at work alone
   */
  take(work: () => Promise<void>, places = 1): void {
    this.#waiting.push({ work, places });
    this.#next();
  }

  /** Removes work that has not begun. */
  drop(work: () => Promise<void>): void {
    const index = this.#waiting.findIndex((waiting) => waiting.work === work);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #next(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const { work, places } = first;
      if (this.#atWork + places > this.#atOnce || this.#begun + places > this.#inTurn) return;
      this.#waiting.shift();
      this.#begin(work, places);
    }
  }

  #begin(work: () => Promise<void>, places: number): void {
    if (this.#begun === 0) {
      setImmediate(() => {
        this.#begun = 0;
        this.#next();
      });
    }
    this.#begun += places;
    this.#atWork += places;
    void work().then(() => {
      this.#atWork -= places;
      this.#next();
    });
  }
}

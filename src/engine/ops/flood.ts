/** So many entries are let through in so long. */
const MOST = 100;
const WINDOW_MS = 10_000;

/**
 * Bounds how much of one kind is written to the log, however much there is of it: in ten seconds a hundred entries, and then one
 * that says how many of what were left out.
 */
export class Flood {
  readonly #tell: (text: string) => void;
  #admitted = 0;
  #since = Number.NEGATIVE_INFINITY;
  readonly #leftOut = new Map<string, number>();

  /** @param tell is told what was left out */
  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** Whether an entry may be written. @param name of a kind of entries, of which there are few */
  admits(name: string): boolean {
    const now = performance.now();
    if (now - this.#since >= WINDOW_MS) [this.#since, this.#admitted] = [now, 0];
    if (++this.#admitted <= MOST) return true;
    if (this.#leftOut.size === 0) setTimeout(() => this.#sum(), this.#since + WINDOW_MS - now).unref();
    this.#leftOut.set(name, (this.#leftOut.get(name) ?? 0) + 1);
    return false;
  }

  #sum(): void {
    const counts = [...this.#leftOut].map(([name, count]) => `${count} of ${name}`);
    this.#leftOut.clear();
    this.#tell(`More entries about requests came than are written: ${counts.join(", ")} were left out.`);
  }
}

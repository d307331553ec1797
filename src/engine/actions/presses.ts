/** How long a press that was taken is known on this node; over all nodes the log knows what it changed for a day. */
const KNOWN_MS = 600_000;
/** So many are known at once: of more, the oldest is forgotten. */
const MAX_KNOWN = 10_000;

interface Known<Outcome> {
  readonly outcome: Promise<Outcome>;
  readonly until: number;
}

/**
 * The presses that are under way or were taken: one that comes twice (a double click, or a visitor's second try
 * after an answer that was lost) is answered as the first, and its action does not run again.
 */
export class Presses<Outcome> {
  readonly #known = new Map<string, Known<Outcome>>();

  /**
   * @param ms how long the press counts as the same
   * @param run what it does. One that fails is not remembered, so that it can be tried again
   */
  once(id: string, run: () => Promise<Outcome>, ms = KNOWN_MS): Promise<Outcome> {
    const known = this.#known.get(id);
    if (known !== undefined && performance.now() < known.until) return known.outcome;
    const outcome = run();
    this.#known.delete(id); // so that it stands behind all that came before
    this.#known.set(id, { outcome, until: performance.now() + ms });
    outcome.catch(() => {
      if (this.#known.get(id)?.outcome === outcome) this.#known.delete(id);
    });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(oldest);
    }
    return outcome;
  }
}

interface Waiter {
  done: () => boolean;
  resolve: () => void;
}

/** How far this node has applied the log. */
export class Position {
  #seq = 0;
  #waiters = new Set<Waiter>();

  get seq(): number {
    return this.#seq;
  }

  advance(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
    for (const waiter of this.#waiters) if (waiter.done()) waiter.resolve();
  }

  /** Resolves once this node is there, or after `ms`. */
  reached(seq: number, ms?: number): Promise<void> {
    return this.until(() => this.#seq >= seq, ms);
  }

  /** Resolves once `done`, which is asked after each step, or after `ms`. */
  async until(done: () => boolean, ms?: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => waiter.resolve(), ms);
      const waiter: Waiter = {
        done,
        resolve: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }
}

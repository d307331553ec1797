/**
 * The right to do what only one may do at a time, such as running a source or giving an answer. Whoever dies with a lease
 * loses it, so that another takes over.
 */
export interface Lease {
  /** What an append names, so that a holder that has lost it without knowing is refused. */
  readonly fence: Fence;
  /** Aborted when it is lost: from then on another may hold it. */
  readonly lost: AbortSignal;
  /** Gives it up. Nothing happens if it was lost before. */
  release(): Promise<void>;
}

export interface Fence {
  readonly name: string;
  /** Ascends with each taking of the name. */
  readonly token: number;
}

export interface Leases {
  /** @returns undefined while another holds it */
  take(name: string): Promise<Lease | undefined>;
  held(name: string): Promise<boolean>;
}

/** The leases of a process that is the only one: they cannot be lost, and none outlives it. */
export class LocalLeases implements Leases {
  #held = new Map<string, Lease>();
  #token = 0;

  async take(name: string): Promise<Lease | undefined> {
    if (this.#held.has(name)) return undefined;
    const lease: Lease = {
      fence: { name, token: ++this.#token },
      lost: new AbortController().signal,
      release: async () => {
        if (this.#held.get(name) === lease) this.#held.delete(name);
      },
    };
    this.#held.set(name, lease);
    return lease;
  }

  async held(name: string): Promise<boolean> {
    return this.#held.has(name);
  }
}

/**
 * The right to do something that only one node may do at a time, such as running a source. A node that dies loses its leases
 * within seconds, so that another can take them.
 */
export interface Lease {
  /** To be given with each append (`AppendOptions`), so that a holder which has lost its lease without knowing is refused. */
  readonly fence: Fence;
  /** Aborted when it is lost: from then on another node may hold it. Not aborted by {@link release}. */
  readonly lost: AbortSignal;
  /** Gives it up. Has no effect if it was lost, or released, before. */
  release(): Promise<void>;
}

/** Names one taking of a lease. */
export interface Fence {
  readonly name: string;
  /** Higher each time that the name is taken. */
  readonly token: number;
}

export interface Leases {
  /** @returns undefined where another has it; then try again later */
  take(name: string): Promise<Lease | undefined>;
  /** Whether anyone has it. */
  isTaken(name: string): Promise<boolean>;
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

  async isTaken(name: string): Promise<boolean> {
    return this.#held.has(name);
  }
}

import { isLoopback } from "../../config/values.ts";
import { LIMITS } from "../../core/limits.ts";
import { Problem } from "../../core/problem.ts";
import { networkOf } from "./allowance.ts";

export interface StreamLimits {
  /** How many streams one address may have open. */
  readonly ofAddress: number;
  readonly inAll: number;
}

/** Bounds how many streams are open, for one address and in all. */
export class StreamPlaces {
  readonly #limits: StreamLimits;
  readonly #taken = new Map<string, number>();
  #inAll = 0;

  constructor({ ofAddress = LIMITS.addressStreams, inAll = LIMITS.streams }: Partial<StreamLimits> = {}) {
    this.#limits = { ofAddress, inAll };
  }

  /**
   * Takes a place for a stream of an address.
   * @returns what gives it back, to be called once
   * @throws Problem 429 `streams_too_many`, 503 `streams_full`
   */
  take(address: string): () => void {
    const { ofAddress, inAll } = this.#limits;
    const headers = { "Retry-After": "15" };
    if (this.#inAll >= inAll) {
      throw new Problem(503, "streams_full", "Too many streams are open here just now. Try again in a moment.", {
        headers,
      });
    }
    // The machine itself: a proxy there that does not tell its visitors' addresses would have one place in all for them.
    const network = isLoopback(address) ? undefined : networkOf(address);
    const taken = network === undefined ? 0 : (this.#taken.get(network) ?? 0);
    if (taken >= ofAddress) {
      throw new Problem(
        429,
        "streams_too_many",
        `Your address has ${ofAddress} streams open here. Name several regions in one stream, or close some.`,
        { headers },
      );
    }
    this.#inAll++;
    if (network !== undefined) this.#taken.set(network, taken + 1);
    return () => {
      this.#inAll--;
      if (network === undefined) return;
      const left = this.#taken.get(network)! - 1;
      if (left > 0) this.#taken.set(network, left);
      else this.#taken.delete(network);
    };
  }
}

import { isLoopback } from "../../config/values.ts";
import { LIMITS } from "../../core/limits.ts";
import { Problem } from "../../core/problem.ts";
import { networkOf } from "./allowance.ts";

export interface StreamLimits {
  /** How many streams one address may have open. */
  readonly ofAddress: number;
  /** How many one visitor may have open whose browser speaks HTTP/1. */
  readonly ofVisitor: number;
  readonly inAll: number;
}

/** The code of the problem where a visitor has as many as may be. */
export const VISITOR_STREAMS = "visitor_streams_too_many";

/** Bounds how many streams are open, for one visitor, for one address and in all. */
export class StreamPlaces {
  readonly #limits: StreamLimits;
  /** By network. */
  readonly #ofNetworks = new Map<string, number>();
  readonly #ofVisitors = new Map<string, number>();
  #inAll = 0;

  constructor(limits: Partial<StreamLimits> = {}) {
    const { ofAddress = LIMITS.addressStreams, ofVisitor = LIMITS.visitorStreams, inAll = LIMITS.streams } = limits;
    this.#limits = { ofAddress, ofVisitor, inAll };
  }

  /** Whether a visitor has as many as may be. */
  isFull(visitor: string | undefined): boolean {
    return visitor !== undefined && (this.#ofVisitors.get(visitor) ?? 0) >= this.#limits.ofVisitor;
  }

  /**
   * Takes a place for a stream of an address.
   * @param visitor undefined where theirs are not counted
   * @returns what gives it back
   * @throws Problem 429 `visitor_streams_too_many`, `streams_too_many`, 503 `streams_full`
   */
  take(address: string, visitor?: string): () => void {
    const { ofAddress, ofVisitor, inAll } = this.#limits;
    if (this.isFull(visitor)) {
      throw new Problem(429, VISITOR_STREAMS, `You have ${ofVisitor} streams open here. Close one.`);
    }
    const headers = { "Retry-After": "15" };
    if (this.#inAll >= inAll) {
      throw new Problem(503, "streams_full", "Too many streams are open here just now. Try again in a moment.", {
        headers,
      });
    }
    // The machine itself: a proxy there that does not tell its visitors' addresses would have one place in all for them.
    const network = isLoopback(address) ? undefined : networkOf(address);
    if (network !== undefined && (this.#ofNetworks.get(network) ?? 0) >= ofAddress) {
      throw new Problem(
        429,
        "streams_too_many",
        `Your address has ${ofAddress} streams open here. Name several regions in one stream, or close some.`,
        { headers },
      );
    }
    this.#count(network, visitor, 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#count(network, visitor, -1);
      isTaken = false;
    };
  }

  #count(network: string | undefined, visitor: string | undefined, change: 1 | -1): void {
    this.#inAll += change;
    if (network !== undefined) count(this.#ofNetworks, network, change);
    if (visitor !== undefined) count(this.#ofVisitors, visitor, change);
  }
}

function count(counts: Map<string, number>, name: string, change: 1 | -1): void {
  const left = (counts.get(name) ?? 0) + change;
  if (left > 0) counts.set(name, left);
  else counts.delete(name);
}

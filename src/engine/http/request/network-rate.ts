import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "../../core/problem.ts";
import { networkOf } from "./allowance.ts";

export interface NetworkRateParts {
  /** How many are let through within so many seconds. */
  readonly points: number;
  readonly duration: number;
  /** Of the problem that refuses the others, and its first sentence. */
  readonly code: string;
  readonly title: string;
}

/** Bounds how often whoever has an address may try something. */
export class NetworkRate {
  readonly #parts: NetworkRateParts;
  readonly #limiter: RateLimiterMemory;

  constructor(parts: NetworkRateParts) {
    this.#parts = parts;
    this.#limiter = new RateLimiterMemory({ points: parts.points, duration: parts.duration });
  }

  /**
   * Counts a try, before it is looked at: so that many at once are not more than one after the other.
   * @throws Problem 429
   */
  async count(address: string): Promise<void> {
    const { code, title } = this.#parts;
    try {
      await this.#limiter.consume(networkOf(address));
    } catch (limit) {
      if (!(limit instanceof RateLimiterRes)) throw limit;
      const seconds = Math.ceil(limit.msBeforeNext / 1000);
      const headers = { "Retry-After": String(seconds) };
      throw new Problem(429, code, `${title} Try again in ${seconds} s.`, { headers });
    }
  }

  /** Forgets all tries of a network, once one was right. */
  async forget(address: string): Promise<void> {
    await this.#limiter.delete(networkOf(address));
  }
}

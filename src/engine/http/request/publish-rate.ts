import type { Context } from "koa";
import type { Token } from "../../access/token.ts";
import { LIMITS } from "../../core/limits.ts";
import { Problem } from "../../core/problem.ts";
import { networkOf } from "./allowance.ts";

/** Who has been still for so long owes nothing, and so many may come at once. */
const AT_ONCE_MS = 1_000;
/** From so many publishers on, those that owe nothing are forgotten. */
const MANY_PUBLISHERS = 1_000;

/**
 * Bounds how many values a second a token publishes, or an address where none is needed. Each value is owed for as long as one
 * takes at that rate, and who owes more than a second is refused until then: so many lines in one request are taken, and paid off.
 */
export class PublishRate {
  /** By publisher: when it owes nothing any more, in ms as `performance.now()`. */
  readonly #paid = new Map<string, number>();
  readonly #ofAddress: number;
  #forgetAt = MANY_PUBLISHERS;

  /** @param ofAddress how many values a second an address may publish, where no token is needed */
  constructor(ofAddress: number = LIMITS.publishesASecond) {
    this.#ofAddress = ofAddress;
  }

  /** How many publishers are remembered. */
  get size(): number {
    return this.#paid.size;
  }

  /**
   * Counts one value, or one removal.
   * @returns what counts more of the same request
   * @throws Problem 429 `publishes_too_many`
   */
  admit({ ip }: Pick<Context, "ip">, token: Token | undefined): (more: number) => void {
    const publisher = token === undefined ? networkOf(ip) : `token ${token.name}`;
    const rate = token?.rate ?? this.#ofAddress;
    const owedMs = (this.#paid.get(publisher) ?? 0) - performance.now();
    if (owedMs > AT_ONCE_MS) throw tooMany(token, rate, owedMs - AT_ONCE_MS);
    const count = (values: number) => {
      const now = performance.now();
      this.#paid.set(publisher, Math.max(this.#paid.get(publisher) ?? 0, now) + (1000 * values) / rate);
      if (this.#paid.size > this.#forgetAt) this.#forget(now);
    };
    count(1);
    return count;
  }

  #forget(now: number): void {
    for (const [publisher, paid] of this.#paid) if (paid <= now) this.#paid.delete(publisher);
    this.#forgetAt = Math.max(MANY_PUBLISHERS, 2 * this.#paid.size);
  }
}

function tooMany(token: Token | undefined, rate: number, waitMs: number): Problem {
  const who = token === undefined ? "Your address" : `The token “${token.name}”`;
  const title = `${who} publishes more than ${rate} values a second. Send fewer, and this again after Retry-After.`;
  const headers = { "Retry-After": String(Math.ceil(waitMs / 1000)) };
  return new Problem(429, "publishes_too_many", title, { headers });
}

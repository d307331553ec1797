import type { Context, Middleware } from "koa";
import { streamHeaders } from "../engine/core/event.ts";
import { Problem } from "../engine/core/problem.ts";
import { wait } from "../engine/core/wait.ts";
import { cut } from "../engine/http/middleware/errors.ts";

/** How long faults last, and how late slow answers are. */
export interface FaultTimes {
  readonly refusingMs?: number | undefined;
  readonly slowMs?: number | undefined;
  readonly delayMs?: number | undefined;
}

/** The faults of now, for the page: times in milliseconds since 1970, of what is over nothing. */
export interface FaultStatus {
  readonly refusingUntil: number | undefined;
  readonly slowUntil: number | undefined;
  readonly cut: { readonly at: number; readonly streams: number } | undefined;
}

/**
 * What an author does to the own server on purpose, to see that open pages heal. All but what is below `spared` is hit, and
 * every fault ends by itself.
 */
export class Faults {
  readonly #spared: string;
  readonly #times: Required<{ [Name in keyof FaultTimes]: number }>;
  readonly #open = new Set<Context>();
  #refusingUntil = 0;
  #slowUntil = 0;
  #cut: FaultStatus["cut"];

  constructor(spared: string, { refusingMs = 10_000, slowMs = 30_000, delayMs = 2_000 }: FaultTimes = {}) {
    this.#spared = spared;
    this.#times = { refusingMs, slowMs, delayMs };
  }

  /** Breaks the connection of every open stream, as a network does. */
  cut(): void {
    this.#cut = { at: Date.now(), streams: this.#open.size };
    for (const ctx of this.#open) cut(ctx);
  }

  /** Cuts all streams, and answers 503 for a while: ten seconds, if nothing else was said. */
  refuse(): void {
    this.cut();
    this.#refusingUntil = Date.now() + this.#times.refusingMs;
  }

  /** Begins every answer later than it could: two seconds, for half a minute. */
  slowDown(): void {
    this.#slowUntil = Date.now() + this.#times.slowMs;
  }

  get status(): FaultStatus {
    const still = (until: number) => (until > Date.now() ? until : undefined);
    return { refusingUntil: still(this.#refusingUntil), slowUntil: still(this.#slowUntil), cut: this.#cut };
  }

  readonly intercept: Middleware = async (ctx, next) => {
    if (ctx.path === this.#spared || ctx.path.startsWith(`${this.#spared}/`)) return next();
    const { refusingUntil, slowUntil } = this.status;
    if (slowUntil !== undefined) await wait(this.#times.delayMs);
    if (refusingUntil !== undefined) {
      const seconds = Math.ceil((refusingUntil - Date.now()) / 1000);
      throw new Problem(503, "fault", "The inspector has this server answer 503 for a moment, to try its pages.", {
        headers: { "Retry-After": String(Math.max(1, seconds)) },
      });
    }
    await next();
    if (ctx.res.getHeader("Content-Type") !== streamHeaders["Content-Type"] || ctx.res.closed) return;
    this.#open.add(ctx);
    ctx.res.once("close", () => this.#open.delete(ctx));
  };
}

import { Failure } from "./model.ts";

/** How long an answer may take, and how long it may be. */
export interface Limits {
  /** Milliseconds until the first of an answer must be there; 30,000 by default. */
  readonly firstMs?: number;
  /** Milliseconds between two parts of it; 15,000 by default. */
  readonly stallMs?: number;
  /** Milliseconds for all of it; 300,000 by default. */
  readonly wholeMs?: number;
  /** Characters; 65,536 by default. */
  readonly length?: number;
}

/**
 * The time limits of one answer: aborts its signal, with a Failure as the reason, when one is exceeded. Call `end` at the end.
 */
export class Patience {
  readonly #controller = new AbortController();
  readonly #stallMs: number;
  readonly #whole: NodeJS.Timeout;
  #next: NodeJS.Timeout;

  constructor({ firstMs, stallMs, wholeMs }: Required<Limits>) {
    this.#stallMs = stallMs;
    this.#whole = this.#after(wholeMs, "chat_too_slow");
    this.#next = this.#after(firstMs, "chat_late");
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** To be called whenever something comes: begins the wait for the next part. */
  heard(): void {
    clearTimeout(this.#next);
    this.#next = this.#after(this.#stallMs, "chat_stalled");
  }

  end(): void {
    clearTimeout(this.#next);
    clearTimeout(this.#whole);
    this.#controller.abort();
  }

  #after(ms: number, word: string): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(new Failure(word)), ms);
  }
}

import type { AnswerBlock } from "./blocks.ts";

/** Bytes around a block on the wire: the event's id, the partial's target, its element. */
const WRAPPING_BYTES = 230;
/** HTML for a character of text, and the element around a block: what a fresh page has of it. */
const HTML_BYTES_A_CHARACTER = 1.1;
const ELEMENT_BYTES = 65;
/** Bytes that are sent for a byte of the HTML that they leave. */
const SENT_BYTES_A_BYTE = 3.8;
/** For the first sentences, which should come as smoothly as can be. */
const CREDIT_BYTES = 6_000;

/**
 * Decides when the unfinished block is worth sending again. Each sending costs far more than the few words that it adds, so
 * that what is sent for a long answer stays within a few times what it comes to.
 */
export class Pacer {
  readonly #gap: number;
  #left = CREDIT_BYTES;
  #last = Number.NEGATIVE_INFINITY;

  /** @param gap milliseconds between two sendings; 50 by default */
  constructor(gap = 50) {
    this.#gap = gap;
  }

  /** So much text has come. */
  grew(characters: number): void {
    this.#left += SENT_BYTES_A_BYTE * HTML_BYTES_A_CHARACTER * characters;
  }

  /** A block was finished. */
  finished(): void {
    this.#left += SENT_BYTES_A_BYTE * ELEMENT_BYTES;
  }

  sent(blocks: readonly AnswerBlock[], now: number): void {
    for (const block of blocks) this.#left -= cost(block);
    this.#last = now;
  }

  /** Milliseconds until anything may be sent. */
  wait(now: number): number {
    return Math.max(0, this.#last + this.#gap - now);
  }

  /** Whether there is enough left to send it now, and once more when it is finished. */
  affords(block: AnswerBlock): boolean {
    return this.#left >= 2 * cost(block);
  }
}

function cost({ text }: AnswerBlock): number {
  return WRAPPING_BYTES + HTML_BYTES_A_CHARACTER * text.length;
}

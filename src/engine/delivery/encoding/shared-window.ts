import { deflated } from "../../core/deflate.ts";

/**
 * How much of what was sent is kept to refer to. What shows on a page is sent again and again, so that most of it has been sent
 * within a few of these; twice as much takes twice the time at each event and saves little.
 */
export const WINDOW_BYTES: number = 16 * 1024;

/** The last of what a set of readers has been sent, all of them the same, which new blocks refer to. */
export class SharedWindow {
  readonly #kept = Buffer.allocUnsafe(WINDOW_BYTES);
  #length = 0;
  #sent = 0;

  /** Whether nothing was sent since it began. */
  get isNew(): boolean {
    return this.#sent === 0;
  }

  /** Whether as much has been sent since it began as it keeps. */
  get isFull(): boolean {
    return this.#sent >= WINDOW_BYTES;
  }

  /** Begins anew: what comes next refers to nothing before. */
  clear(): void {
    this.#length = 0;
    this.#sent = 0;
  }

  /** Compresses what all of its readers are sent next, and none else. */
  readonly deflate = (bytes: Buffer): Buffer => {
    const made = deflated(bytes, this.#kept.subarray(0, this.#length));
    this.#keep(bytes.subarray(-WINDOW_BYTES));
    this.#sent += bytes.length;
    return made;
  };

  #keep(bytes: Buffer): void {
    const stays = Math.min(this.#length, WINDOW_BYTES - bytes.length);
    this.#kept.copyWithin(0, this.#length - stays, this.#length);
    bytes.copy(this.#kept, stays);
    this.#length = stays + bytes.length;
  }
}

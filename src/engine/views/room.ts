/**
 * In characters. A page stays in memory until its reader has taken all of it; its stream has any amount, in pieces, as its
 * reader takes them.
 */
const MAX_CHARACTERS = 1024 * 1024;

/** What the regions of one page may have together, when it is loaded. */
export class Room {
  #left = MAX_CHARACTERS;

  /** Whether there was room for it; then there is less for others. */
  take(html: string): boolean {
    // Its length only: until it is written, what a list shows is a chain of its items, and no text of its own.
    if (html.length > this.#left) return false;
    this.#left -= html.length;
    return true;
  }
}

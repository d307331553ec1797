import { LIMITS } from "../../core/limits.ts";

/**
 * Counts the HTML of the regions of one page. A page is in memory until its reader has taken all of it, while a stream sends
 * any amount in chunks, as its reader takes them.
 */
export class PageBudget {
  #left = LIMITS.pageCharacters;

  /** @returns whether there is room for it; if so, it is counted */
  take(html: string): boolean {
    // Only its length is used: V8 keeps a list's HTML as a chain of its items until its characters are needed.
    if (html.length > this.#left) return false;
    this.#left -= html.length;
    return true;
  }
}

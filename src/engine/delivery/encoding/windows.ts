import { SharedWindow } from "./shared-window.ts";

/** How many groups have a window at once: what these take of memory, and of the time of each flush, is bounded by it. */
const MOST = 64;
/** For one reader alone it costs more time than it takes to write. */
const FEWEST_READERS = 2;

/** The windows of one node: those of its larger groups. */
export class Windows {
  readonly #held = new Map<object, { readonly window: SharedWindow; readers: number }>();

  /**
   * The window of a group; a new one where it had none, or has lost it to a larger group. To be called each time that it is
   * needed.
   * @param readers how many it would serve now
   * @returns undefined where it has too few readers for one
   */
  of(group: object, readers: number): SharedWindow | undefined {
    const held = this.#held.get(group);
    if (readers < FEWEST_READERS) {
      this.#held.delete(group);
      return undefined;
    }
    if (held !== undefined) {
      held.readers = readers;
      return held.window;
    }
    if (this.#held.size >= MOST && !this.#makeRoom(readers)) return undefined;
    const window = new SharedWindow();
    this.#held.set(group, { window, readers });
    return window;
  }

  release(group: object): void {
    this.#held.delete(group);
  }

  /** Takes the smallest group's, if that has less than half as many readers: two of a size would take it from each other. */
  #makeRoom(readers: number): boolean {
    let [smallest, fewest] = [undefined as object | undefined, readers / 2];
    for (const [group, held] of this.#held) if (held.readers < fewest) [smallest, fewest] = [group, held.readers];
    return smallest !== undefined && this.#held.delete(smallest);
  }
}

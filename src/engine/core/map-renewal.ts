/**
 * Has a Map that lives for long, and that values pass through, made anew once as many have left it as are in it: see linked-list.ts for
 * what V8 would keep of it otherwise. A list of items that are found by their key, in order, can be no {@link LinkedList}.
 */
export class MapRenewal {
  #left = 0;

  /** @returns the Map to go on with, after so many have left it */
  of<Key, Value>(map: Map<Key, Value>, left: number): Map<Key, Value> {
    this.#left += left;
    if (this.#left <= map.size) return map;
    this.#left = 0;
    return new Map(map);
  }
}

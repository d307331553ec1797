/** What a list keeps in each of its items. */
export interface Linked<Item> {
  previous?: Item | undefined;
  next?: Item | undefined;
}

/**
 * Items in the order in which they were added, any of which can be taken out at once; each is in one list at most. A Map or a Set that
 * lives for long, and that things pass through, is no such list: whenever V8 makes its table anew the old one goes on holding the new
 * one, and the things that were in it. Once one table is old, all that come after it, with all that passed through them, stay until
 * the next full collection, and are copied twice before: that took longer than what was done with the things.
 */
export class LinkedList<Item extends Linked<Item>> {
  #first: Item | undefined;
  #last: Item | undefined;

  /** The one that has been in it for longest. */
  get first(): Item | undefined {
    return this.#first;
  }

  add(item: Item): void {
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
  }

  /** Takes out an item that is in it. */
  delete(item: Item): void {
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // Else an item that is old, and gone, would hold all that came after it in the same way.
    item.previous = undefined;
    item.next = undefined;
  }

  /** The present one may be taken out meanwhile. */
  *[Symbol.iterator](): Generator<Item> {
    for (let item = this.#first; item !== undefined; ) {
      const { next } = item;
      yield item;
      item = next;
    }
  }
}

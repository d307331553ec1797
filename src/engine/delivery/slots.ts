import type { Group } from "./group.ts";

/**
 * In which part of an interval each reader is told what comes regularly: ten thousand at once would hold up all else. The readers
 * of a group whose encoding prefers that have theirs together.
 */
export class Slots {
  readonly #count: number;
  #next = 0;
  readonly #ofGroups = new WeakMap<Group, number>();

  /** @param count how many parts the interval has */
  constructor(count: number) {
    this.#count = count;
  }

  /** @returns a number below the count */
  slotFor(group: Group): number {
    const slot = this.#ofGroups.get(group) ?? this.#next;
    if (slot === this.#next) this.#next = (this.#next + 1) % this.#count;
    if (group.encoding.prefersAll) this.#ofGroups.set(group, slot);
    return slot;
  }
}

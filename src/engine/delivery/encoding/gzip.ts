import { deflated, GZIP_HEADER, stored } from "../../core/deflate.ts";
import { type Encoding, type EventBytes, piecesOf, type Written } from "./encoding.ts";
import type { SharedWindow } from "./shared-window.ts";
import type { Windows } from "./windows.ts";

/**
 * Compresses what a group is sent once for all of its readers, as gzip, and keeps nothing for each.
 *
 * What all are sent refers to a window that they share. A block says how far back in its reader's own stream that is which it
 * repeats: so a reader that was sent anything else, or not all of it, can no longer read what refers to the window. From then on
 * it stands alone, and is sent blocks that refer to nothing, until the window begins anew.
 */
export class Gzip<Reader> implements Encoding<Reader> {
  readonly prefersAll = true;
  readonly #windows: Windows;
  /** Of those who have joined, who stands alone. All others have been sent the same since the window began. */
  readonly #alone = new Set<Reader>();
  /** What was made to catch up with, by what it was made of: readers who are at one position are given the same bytes. */
  readonly #caughtUpWith = new WeakMap<Buffer, Buffer>();

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  /** Not compressed: it has the page's own id, which must not be guessed from how well it compresses beside other text. */
  first(bytes: Buffer): Buffer {
    return Buffer.concat([GZIP_HEADER, stored(bytes)]);
  }

  joined(reader: Reader): void {
    this.#alone.add(reader);
  }

  left(reader: Reader): void {
    this.#alone.delete(reader);
  }

  own(reader: Reader, bytes: Buffer): Buffer {
    this.#alone.add(reader);
    return stored(bytes);
  }

  catchUp(bytes: Buffer): Buffer {
    const made = this.#caughtUpWith.get(bytes) ?? deflated(bytes);
    this.#caughtUpWith.set(bytes, made);
    return made;
  }

  all(events: readonly EventBytes[], readers: ReadonlySet<Reader>): Written<Reader>[] {
    const window = this.#windows.of(this, readers.size);
    if (window === undefined) return [written(readers, readers.size, piecesOf(events, stored))];
    const nobodyShares = window.isNew || this.#alone.size === readers.size;
    // A new beginning costs bytes for all who share the window, and to stand alone for some: so these wait until it is full.
    if (nobodyShares || (this.#alone.size > 0 && window.isFull)) this.#begin(window);
    const sharing = this.#sharing(readers);
    const shared = written(sharing, readers.size - this.#alone.size, piecesOf(events, window.deflate));
    if (this.#alone.size === 0) return [shared];
    return [shared, written([...this.#alone], this.#alone.size, piecesOf(events, deflated))];
  }

  some(bytes: Buffer, some: readonly Reader[], readers: ReadonlySet<Reader>): Written<Reader>[] {
    const events = [{ seq: 0, bytes }];
    if (some.length === readers.size) return this.all(events, readers);
    // It divides those who share the window from each other: so these share it no longer.
    for (const reader of some) this.#alone.add(reader);
    return [written(some, some.length, piecesOf(events, some.length === 1 ? stored : deflated))];
  }

  close(): void {
    this.#windows.release(this);
  }

  #begin(window: SharedWindow): void {
    window.clear();
    this.#alone.clear();
  }

  #sharing(readers: ReadonlySet<Reader>): Iterable<Reader> {
    return this.#alone.size === 0 ? readers : [...readers].filter((reader) => !this.#alone.has(reader));
  }
}

function written<Reader>(readers: Iterable<Reader>, count: number, pieces: Written<Reader>["pieces"]): Written<Reader> {
  return { readers, count, pieces };
}

import { crc32 } from "node:zlib";
import { deflated, GZIP_HEADER, stored } from "../../core/deflate.ts";

/** Bytes of a page that are written anew for each load. */
export interface Slot {
  /** Of what stands there, among the page's parts. */
  readonly index: number;
  readonly at: number;
  readonly bytes: number;
}

/** An empty last block. */
const LAST_BLOCK = Buffer.from([0x03, 0x00]);
/** How far back deflate looks. */
const WINDOW_BYTES = 32 * 1024;
/** Shorter parts are keys of one load, which are new each time, and which nothing makes shorter. */
const LEAST_BYTES = 128;
/** So many longer parts are kept, which are the same for many loads. */
const MAX_KEPT = 32;

/**
 * A page as gzip has it, of which all but the parts of one load is compressed once: deflate's blocks may be put together as long as
 * none looks back at what has changed since. So a load costs a copy and a checksum, a tenth of what compressing it would.
 */
export class GzippedPage {
  readonly #slots: readonly Slot[];
  /** What is before, between and after the slots. */
  readonly #blocks: readonly Buffer[];
  /** The page, with nothing in its slots. */
  readonly #seen: Buffer;
  readonly #parts = new Map<string, Buffer>();

  /** @returns undefined for a page with a NUL in it, which stands for what may not be looked back at */
  static of(page: Buffer, slots: readonly Slot[]): GzippedPage | undefined {
    return page.includes(0) ? undefined : new GzippedPage(page, slots);
  }

  private constructor(page: Buffer, slots: readonly Slot[]) {
    this.#slots = slots;
    this.#seen = Buffer.from(page);
    for (const { at, bytes } of slots) this.#seen.fill(0, at, at + bytes);
    const starts = [0, ...slots.map(({ at, bytes }) => at + bytes)];
    this.#blocks = starts.map((start, i) => this.#deflated(this.#seen.subarray(start, slots[i]?.at), start));
  }

  /** @param page its bytes with these parts in it */
  with(page: Buffer, parts: readonly string[]): Buffer {
    const pieces = [GZIP_HEADER, this.#blocks[0]!];
    for (const [i, { index, at, bytes }] of this.#slots.entries()) {
      const part = page.subarray(at, at + bytes);
      if (bytes < LEAST_BYTES) pieces.push(stored(part));
      else pieces.push(this.#part(parts[index]!, part, at));
      pieces.push(this.#blocks[i + 1]!);
    }
    const check = Buffer.alloc(8);
    check.writeUInt32LE(crc32(page), 0);
    check.writeUInt32LE(page.length, 4);
    return Buffer.concat([...pieces, LAST_BLOCK, check]);
  }

  #part(text: string, part: Buffer, at: number): Buffer {
    const name = `${at} ${text}`;
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const deflated = this.#deflated(part, at);
    if (this.#parts.size >= MAX_KEPT) this.#parts.clear();
    this.#parts.set(name, deflated);
    return deflated;
  }

  /** Blocks that end at a whole byte, and look back at nothing but what is always before them. */
  #deflated(bytes: Buffer, at: number): Buffer {
    if (bytes.length === 0) return bytes;
    const before = this.#seen.subarray(Math.max(0, at - WINDOW_BYTES), at);
    return deflated(bytes, before);
  }
}

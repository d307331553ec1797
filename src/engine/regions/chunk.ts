/** What a catch-up sends of one region. */
export interface CatchUpPart {
  /** The entry that it tells of. */
  readonly seq: number;
  readonly event?: string | undefined;
  readonly data: string;
}

/** How far a reader has got with one region: it shows everything born up to `born`, as that was at `seq`. */
export interface Progress {
  readonly seq: number;
  readonly born: number;
}

/** What a reader of a region is told next. */
export interface Chunk {
  readonly parts: readonly CatchUpPart[];
  /** Where it is then. Until `born` is the content's seq, more follows. */
  readonly progress: Progress;
}

/** What a reader is told at once, in bytes, unless one item alone is more: as much as a socket takes before it says no. */
export const CHUNK_BYTES = 16 * 1024;

/** How many of these, from the first, fit beside what a chunk holds already. Of none at all, one does. */
export function fitting(texts: readonly string[], used = 0): number {
  let bytes = used;
  let count = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text);
    if (bytes > CHUNK_BYTES && (count > 0 || used > 0)) break;
    count++;
  }
  return count;
}

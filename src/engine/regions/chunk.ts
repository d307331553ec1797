/** One event's worth of what a catch-up sends for one region: HTML partials for a page, JSON for a program. */
export interface CatchUpPart {
  /** The seq of the log entry that it brings the reader to. */
  readonly seq: number;
  /** The event's name, for programs; a page's events have none. */
  readonly event?: string | undefined;
  readonly data: string;
}

/**
 * How far a reader has got with one region: it has every item created up to `itemsUpTo`, and has those items as they were at
 * `seq`. For a list that is sent chunk by chunk, `seq` stays and `itemsUpTo` grows.
 */
export interface Progress {
  readonly seq: number;
  readonly itemsUpTo: number;
}

/** What a reader of one region is sent next. */
export interface Chunk {
  readonly parts: readonly CatchUpPart[];
  /** How far the reader is after it. More chunks follow until `itemsUpTo` has reached the content's own seq. */
  readonly progress: Progress;
}

/** The size that a chunk may have, unless one item alone is larger: about what a socket takes before it asks to wait. */
export const CHUNK_BYTES = 16 * 1024;

/**
 * How many of these texts, from the first on, fit into one chunk.
 * @param used bytes that the chunk holds already. Where it holds none, at least one text is let in, however large
 */
export function countFitting(texts: readonly string[], used = 0): number {
  let bytes = used;
  let count = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text);
    if (bytes > CHUNK_BYTES && (count > 0 || used > 0)) break;
    count++;
  }
  return count;
}

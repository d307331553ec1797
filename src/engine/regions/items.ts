import { removeElement, replaceElement } from "../core/partial.ts";
import type { Value } from "../log/record.ts";
import { CHUNK_BYTES, countFitting, type Progress } from "./chunk.ts";

/** One item that a list shows. */
export interface ShownItem {
  readonly key: string;
  html: string;
  /** The seq of the publish that created it, which gives its place in the list. */
  readonly createdSeq: number;
  /** The seq of its last change. */
  changedSeq: number;
  /** The keys of the items that left the list when this one came. */
  readonly evicted: readonly string[];
}

export function shownItem({ key, createdSeq, seq }: Value, html: string, evicted: readonly string[]): ShownItem {
  return { key, html, createdSeq, changedSeq: seq, evicted };
}

/** The next part of a list for a reader that catches up. */
export interface ItemsChunk {
  /**
   * Partials that replace and remove items which the reader has. Undefined: it is to forget all its items, and begin with
   * `html`.
   */
  readonly corrections: string | undefined;
  /** The HTML of the items to add after those that it has. */
  readonly html: string;
  /** Up to which item the reader has the list then, as {@link Progress} has it; undefined if nothing is left to send. */
  readonly itemsUpTo: number | undefined;
}

/** The progress of a reader of which nothing is known: it is sent the whole list. */
export const NO_PROGRESS: Progress = { seq: 0, itemsUpTo: -1 };

/**
 * What a reader is sent next.
 * @param items all that the list shows, in order of creation. Since `progress.seq` they have changed in three ways only: items
 * were added at the end, were replaced in place, or were evicted by an added one. Else `progress` must be {@link NO_PROGRESS}
 * @param idOf gives the id of an item's element, by its key
 */
export function nextItems(
  items: readonly ShownItem[],
  { seq, itemsUpTo }: Progress,
  idOf: (key: string) => string,
): ItemsChunk {
  const had = items.filter(({ createdSeq }) => createdSeq <= itemsUpTo);
  // A reader that has none of these items shows the waiting state, or items that were all evicted: only a reset removes those.
  let corrections = had.length === 0 ? undefined : correctionsSince(seq, items, had, idOf);
  if (corrections !== undefined && Buffer.byteLength(corrections) > CHUNK_BYTES) corrections = undefined;
  const lacking = corrections === undefined ? items : items.slice(had.length);
  const html = lacking.map((item) => item.html);
  const count = countFitting(html, Buffer.byteLength(corrections ?? ""));
  return {
    corrections,
    html: html.slice(0, count).join(""),
    itemsUpTo: count < lacking.length ? (lacking[count - 1]?.createdSeq ?? itemsUpTo) : undefined,
  };
}

/** Partials for what happened after `seq` to items that a reader has: some were replaced, some were evicted by newer ones. */
function correctionsSince(
  seq: number,
  items: readonly ShownItem[],
  had: readonly ShownItem[],
  idOf: (key: string) => string,
): string {
  const replaced = had
    .filter(({ changedSeq }) => changedSeq > seq)
    .map(({ key, html }) => replaceElement(idOf(key), html));
  const evicted = items.filter(({ createdSeq }) => createdSeq > seq).flatMap((item) => item.evicted);
  return replaced.join("") + evicted.map((key) => removeElement(idOf(key))).join("");
}

import { remove, replace } from "../core/partial.ts";
import type { Value } from "../log/record.ts";
import { CHUNK_BYTES, fitting, type Progress } from "./chunk.ts";

/** One item of a log region. */
export interface ShownItem {
  readonly key: string;
  html: string;
  readonly born: number;
  /** Its last change. */
  changed: number;
  /** What left the region when this one came. */
  readonly evicted: readonly string[];
}

export function shownItem({ key, born, seq }: Value, html: string, evicted: readonly string[]): ShownItem {
  return { key, html, born, changed: seq, evicted };
}

export interface Told {
  /** What becomes of the items that the reader has, as partials; undefined where it is to forget them all. */
  readonly mends: string | undefined;
  /** The items that come after those. */
  readonly html: string;
}

/** Where a reader is of which nothing is known. */
export const AFRESH: Progress = { seq: 0, born: -1 };

/**
 * What a reader is told next, and where it is then, or undefined if nothing is left.
 * @param items in order of birth; since `progress` none has come but by birth, changed but by replacement, or gone but by eviction
 * @param idOf an item's element, by its key
 */
export function tell(
  items: readonly ShownItem[],
  { seq, born }: Progress,
  idOf: (key: string) => string,
): { told: Told; born: number | undefined } {
  const had = items.filter((item) => item.born <= born);
  // A reader that has none of them shows the waiting state, or items that have all left: only a reset takes those away.
  let mends = had.length === 0 ? undefined : mend(items, had, seq, idOf);
  if (mends !== undefined && Buffer.byteLength(mends) > CHUNK_BYTES) mends = undefined;
  const lacking = mends === undefined ? items : items.slice(had.length);
  const html = lacking.map((item) => item.html);
  const count = fitting(html, Buffer.byteLength(mends ?? ""));
  const told = { mends, html: html.slice(0, count).join("") };
  return { told, born: count < lacking.length ? (lacking[count - 1]?.born ?? born) : undefined };
}

/** What became, since `seq`, of items that a reader has: some were replaced, and some had to go when others were born. */
function mend(
  items: readonly ShownItem[],
  had: readonly ShownItem[],
  seq: number,
  idOf: (key: string) => string,
): string {
  const replaced = had.filter(({ changed }) => changed > seq).map(({ key, html }) => replace(idOf(key), html));
  const gone = items.filter((item) => item.born > seq).flatMap(({ evicted }) => evicted);
  return replaced.join("") + gone.map((key) => remove(idOf(key))).join("");
}

import { UNKNOWN } from "../core/cursor.ts";
import { encodeEvent } from "../core/event.ts";
import { type CatchUpPart, CHUNK_BYTES, type Progress } from "../regions/chunk.ts";
import type { Content } from "../regions/content.ts";

/** Where a reader is. */
export interface ReaderPlace {
  /** It has everything up to this seq; -1: that is not known, and it needs everything afresh. */
  readonly cursor: number;
  /** It has nothing newer either: what it missed can be added to what it has. */
  readonly exact: boolean;
  /** What a catch-up that is under way has told it since, region by region. */
  readonly told: ReadonlyMap<Content, Progress>;
}

const NOTHING: ReaderPlace["told"] = new Map();

/** Where a page is that needs everything afresh. */
export const NOWHERE: ReaderPlace = { cursor: -1, exact: false, told: NOTHING };

/** Where a reader is that has been sent everything up to `cursor`, and nothing newer. */
export function caughtUp(cursor: number): ReaderPlace {
  return { cursor, exact: true, told: NOTHING };
}

export interface Step {
  readonly bytes: Buffer | undefined;
  /** Where the reader is once it has been written these. */
  readonly place: ReaderPlace;
  /** Whether that is up to now. */
  readonly done: boolean;
}

/**
 * The next step from where a reader is to `now`, small enough to wait for it: most often the only one.
 *
 * To a program, entry by entry, where that can be told; else, and to a page, region by region. Half an event never touches a
 * page, so that a cut in a single step leaves it either where it was or where it should be. Of several steps the first says
 * that the page is at no cursor at all, and only the last where it is: a cut between them leads to a reset of every region.
 */
export function step(
  contents: readonly Content[],
  place: ReaderPlace,
  now: number,
  idOf: (seq: number) => string,
): Step {
  return entriesStep(contents, place, now, idOf) ?? chunksStep(contents, place, now, idOf(now));
}

function entriesStep(
  contents: readonly Content[],
  { cursor, told }: ReaderPlace,
  now: number,
  idOf: (seq: number) => string,
): Step | undefined {
  if (told.size > 0) return undefined;
  const lists = contents.map((content) => (content.seq > cursor ? content.entries(cursor) : []));
  if (!lists.every((list): list is CatchUpPart[] => list !== undefined)) return undefined;
  const parts = lists.flat().sort((a, b) => a.seq - b.seq);
  const events: Buffer[] = [];
  let bytes = 0;
  let last = cursor;
  for (const { seq, event, data } of parts) {
    // Where one seq has several, it is reached with the last of them.
    if (bytes > CHUNK_BYTES && seq > last) return { bytes: Buffer.concat(events), place: caughtUp(last), done: false };
    const encoded = encodeEvent({ id: idOf(seq), event, data });
    events.push(encoded);
    bytes += encoded.length;
    last = seq;
  }
  return { bytes: bytes === 0 ? undefined : Buffer.concat(events), place: caughtUp(now), done: true };
}

function chunksStep(contents: readonly Content[], place: ReaderPlace, now: number, id: string): Step {
  const told = new Map(place.told);
  const first = place.told.size === 0;
  const parts: CatchUpPart[] = [];
  let bytes = 0;
  for (const content of contents) {
    let progress = told.get(content) ?? (place.exact ? { seq: place.cursor, born: place.cursor } : undefined);
    while (content.seq > (progress?.born ?? place.cursor)) {
      const chunk = content.next(progress);
      bytes += chunk.parts.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
      if (parts.length > 0 && bytes > CHUNK_BYTES) {
        return { bytes: encode(parts, first ? UNKNOWN : undefined, undefined), place: { ...place, told }, done: false };
      }
      parts.push(...chunk.parts);
      told.set(content, chunk.progress);
      progress = chunk.progress;
    }
  }
  const none = parts.length === 0 && first;
  return { bytes: none ? undefined : encode(parts, first ? UNKNOWN : undefined, id), place: caughtUp(now), done: true };
}

/** A page's parts are one event, a program's are one each; `id` comes with the last, `marker` with the first if that is another. */
function encode(parts: readonly CatchUpPart[], marker: string | undefined, id: string | undefined): Buffer {
  if (parts.length === 0) return encodeEvent({ id });
  const events: { event?: string | undefined; data: string }[] = [];
  for (const { event, data } of parts) {
    const last = events.at(-1);
    if (last === undefined || event !== undefined || last.event !== undefined) events.push({ event, data });
    else last.data += data;
  }
  const ids = events.map((_, i) => (i === events.length - 1 && id !== undefined ? id : i === 0 ? marker : undefined));
  return Buffer.concat(events.map((event, i) => encodeEvent({ id: ids[i], ...event })));
}

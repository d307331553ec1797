import { UNKNOWN } from "../core/cursor.ts";
import { encodeEvent } from "../core/event.ts";
import { type CatchUpPart, CHUNK_BYTES, type Progress } from "../regions/chunk.ts";
import type { Content } from "../regions/content.ts";

/** What a reader has been sent so far. */
export interface ReaderPosition {
  /** It has everything up to this seq; -1 where that is not known: everything is sent anew. */
  readonly seq: number;
  /**
   * Whether it is known to have nothing newer than `seq`, so that what it missed can be added to what it has. Else it is reset.
   */
  readonly nothingNewer: boolean;
  /** What the catch-up under way has sent it since, for each region that has been begun. Empty where none is under way. */
  readonly progress: ReadonlyMap<Content, Progress>;
}

const NO_PROGRESS: ReaderPosition["progress"] = new Map();

/** Of a reader that needs every region anew. */
export const UNKNOWN_POSITION: ReaderPosition = { seq: -1, nothingNewer: false, progress: NO_PROGRESS };

/** Of a reader that has been sent everything up to `seq`, and nothing newer. */
export function caughtUpTo(seq: number): ReaderPosition {
  return { seq, nothingNewer: true, progress: NO_PROGRESS };
}

/** Bytes to write to a reader that catches up: one or more whole events. */
export interface CatchUpBatch {
  /** Undefined where there is nothing to send. */
  readonly bytes: Buffer | undefined;
  /** Where the reader is after it. */
  readonly position: ReaderPosition;
  /** Whether it is then up to date; if not, the next batch is to be asked for with that position. */
  readonly done: boolean;
}

/**
 * What to write next to a reader that is at `position`, to bring it to `now`. It is small, so that it may wait in the process
 * for a slow socket; most often one batch is all.
 *
 * A program is sent what it missed entry by entry, as long as that is known. Else, and for pages, each region that has moved is
 * sent in chunks. Browsers ignore half an event, so that a cut within a catch-up of one event leaves a page either where it was
 * or where it should be. Where it takes several, the first has the id `reset`, and only the last has the cursor: a page that
 * was cut between them comes back with `reset`, and is sent every region anew.
 * @param now the seq of the newest update that this node has applied
 * @param idOf gives an event's id for a seq
 */
export function nextBatch(
  contents: readonly Content[],
  position: ReaderPosition,
  now: number,
  idOf: (seq: number) => string,
): CatchUpBatch {
  return entriesBatch(contents, position, now, idOf) ?? chunksBatch(contents, position, now, idOf(now));
}

/** @returns undefined where some region cannot tell what the reader missed entry by entry */
function entriesBatch(
  contents: readonly Content[],
  { seq: from, progress }: ReaderPosition,
  now: number,
  idOf: (seq: number) => string,
): CatchUpBatch | undefined {
  if (progress.size > 0) return undefined; // it is being sent chunks
  const lists = contents.map((content) => (content.seq > from ? content.entriesSince(from) : []));
  if (!lists.every((list): list is CatchUpPart[] => list !== undefined)) return undefined;
  const parts = lists.flat().sort((a, b) => a.seq - b.seq);
  const events: Buffer[] = [];
  let bytes = 0;
  let last = from;
  for (const { seq, event, data } of parts) {
    // Parts of one seq stay in one batch: the reader is at that seq only with the last of them.
    if (bytes > CHUNK_BYTES && seq > last) {
      return { bytes: Buffer.concat(events), position: caughtUpTo(last), done: false };
    }
    const encoded = encodeEvent({ id: idOf(seq), event, data });
    events.push(encoded);
    bytes += encoded.length;
    last = seq;
  }
  return { bytes: bytes === 0 ? undefined : Buffer.concat(events), position: caughtUpTo(now), done: true };
}

/** Chunks of one region after the other, as many as fit. */
function chunksBatch(contents: readonly Content[], position: ReaderPosition, now: number, id: string): CatchUpBatch {
  const progress = new Map(position.progress);
  const isFirst = position.progress.size === 0;
  const parts: CatchUpPart[] = [];
  let bytes = 0;
  for (const content of contents) {
    const start = position.nothingNewer ? { seq: position.seq, itemsUpTo: position.seq } : undefined;
    let reached = progress.get(content) ?? start;
    while (content.seq > (reached?.itemsUpTo ?? position.seq)) {
      const chunk = content.nextChunk(reached);
      bytes += chunk.parts.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
      if (parts.length > 0 && bytes > CHUNK_BYTES) {
        const first = isFirst ? UNKNOWN : undefined;
        return { bytes: encodeParts(parts, first, undefined), position: { ...position, progress }, done: false };
      }
      parts.push(...chunk.parts);
      progress.set(content, chunk.progress);
      reached = chunk.progress;
    }
  }
  const nothing = parts.length === 0 && isFirst;
  const all = nothing ? undefined : encodeParts(parts, isFirst ? UNKNOWN : undefined, id);
  return { bytes: all, position: caughtUpTo(now), done: true };
}

/**
 * A page's parts become one event, a program's one event each.
 * @param firstId the id of the first event, unless that is also the last
 * @param lastId the id of the last event
 */
function encodeParts(parts: readonly CatchUpPart[], firstId: string | undefined, lastId: string | undefined): Buffer {
  if (parts.length === 0) return encodeEvent({ id: lastId });
  const events: { event?: string | undefined; data: string }[] = [];
  for (const { event, data } of parts) {
    const last = events.at(-1);
    if (last === undefined || event !== undefined || last.event !== undefined) events.push({ event, data });
    else last.data += data;
  }
  const idAt = (i: number) =>
    i === events.length - 1 && lastId !== undefined ? lastId : i === 0 ? firstId : undefined;
  return Buffer.concat(events.map((event, i) => encodeEvent({ id: idAt(i), ...event })));
}

import { encodeEvent, encodeTight } from "../core/event.ts";
import { unended } from "../core/partial.ts";

/** One change of one region, rendered and encoded once: the same bytes go to every reader. */
export interface Update {
  /** Of the log entry that it comes from, or of the last, where several were coalesced. */
  readonly seq: number;
  /** The event's name, for programs; a page's events have none. */
  readonly event?: string | undefined;
  readonly data: string;
  /** The whole event as it goes over the wire. */
  readonly bytes: Buffer;
}

/** @param cursor what the event has as its id */
export function updateOf(seq: number, cursor: string, data: string, event?: string): Update {
  const bytes = event === undefined ? pageEvent(cursor, data) : encodeEvent({ id: cursor, event, data });
  return { seq, event, data, bytes };
}

/**
 * The events for a stream that shows several regions, made of the updates of all of them, in log order.
 *
 * An event's id tells the reader that it has everything up to there. Two regions of one topic have an update each with the same
 * seq; as two events with the same id, a cut between them would leave the second region old for good. So they become one event.
 */
export function toEvents(updates: Update[], cursor: (seq: number) => string): { seq: number; bytes: Buffer }[] {
  updates.sort((a, b) => a.seq - b.seq);
  const events: { seq: number; bytes: Buffer }[] = [];
  for (let i = 0; i < updates.length; ) {
    const { seq } = updates[i]!;
    let end = i + 1;
    while (end < updates.length && updates[end]!.seq === seq && updates[end]!.event === undefined) end++;
    if (end - i === 1) events.push(updates[i]!);
    else {
      const data = updates.slice(i, end).map((update) => update.data);
      events.push({ seq, bytes: pageEvent(cursor(seq), data.join("")) });
    }
    i = end;
  }
  return events;
}

function pageEvent(id: string, html: string): Buffer {
  return encodeTight({ id, data: unended(html) });
}

import { encodeEvent } from "../core/event.ts";

/** One change of one region, rendered and encoded once; the same bytes go to every reader. */
export interface Update {
  readonly seq: number;
  readonly event?: string | undefined;
  readonly data: string;
  readonly bytes: Buffer;
}

export function updateOf(seq: number, cursor: string, data: string, event?: string): Update {
  return { seq, event, data, bytes: encodeEvent({ id: cursor, event, data }) };
}

/**
 * The events of a stream that shows all of these regions, in the log's order.
 *
 * `id: n` says that everything up to n has been written. Two regions that show one topic have an update each with the same
 * seq; were they two events with one id, a cut between them would leave the second region stale for ever. So they are one.
 */
export function sequence(updates: Update[], cursor: (seq: number) => string): { seq: number; bytes: Buffer }[] {
  updates.sort((a, b) => a.seq - b.seq);
  const events: { seq: number; bytes: Buffer }[] = [];
  for (let i = 0; i < updates.length; ) {
    const { seq } = updates[i]!;
    let end = i + 1;
    while (end < updates.length && updates[end]!.seq === seq && updates[end]!.event === undefined) end++;
    if (end - i === 1) events.push(updates[i]!);
    else {
      const data = updates.slice(i, end).map((update) => update.data);
      events.push({ seq, bytes: encodeEvent({ id: cursor(seq), data: data.join("") }) });
    }
    i = end;
  }
  return events;
}

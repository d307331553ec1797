import type { Content, Part } from "../content/content.ts";
import { UNKNOWN } from "../cursor.ts";
import { encodeEvent } from "../event.ts";

/** A catch-up of several regions above this goes out region by region, so that a slow reader's queue stays small. */
const MAX_BYTES = 64 * 1024;

export interface CatchUp {
  readonly bytes: Buffer | undefined;
  /** The one region that these bytes reset, where more must follow; else they are the whole catch-up. */
  readonly reset?: Content;
}

/**
 * What brings a page up to `now`: one event of many partials. Half an event never touches a page, so that a cut leaves it
 * either where it was or where it should be.
 *
 * @param has where the page is with a region
 * @param begun whether some regions were reset already
 */
export function pageCatchUp(
  contents: readonly Content[],
  has: (content: Content) => number,
  exact: (content: Content) => boolean,
  begun: boolean,
  id: string,
): CatchUp {
  const lacking = contents.filter((content) => content.seq > has(content));
  const parts = lacking.flatMap((content) => (exact(content) && content.missed(has(content))) || [content.reset()]);
  const data = parts.map((part) => part.data).join("");
  if (lacking.length > 1 && data.length > MAX_BYTES) {
    const [reset] = lacking as [Content];
    // Until the last event the page is at no cursor at all: a cut must lead to a reset of every region.
    const marker = begun ? undefined : UNKNOWN;
    return { bytes: encodeEvent({ id: marker, data: reset.reset().data }), reset };
  }
  return { bytes: data === "" ? undefined : encodeEvent({ id, data }) };
}

/**
 * The same for a program, as named events. Where each of them is exact they go in the log's order, each with its own id, so
 * that a cut loses and repeats nothing. Otherwise every topic is reset, and only the last event has an id.
 */
export function jsonCatchUp(
  contents: readonly Content[],
  has: (content: Content) => number,
  idOf: (seq: number) => string,
  id: string,
): CatchUp {
  const exact = contents.map((content) => (content.seq > has(content) ? content.missed(has(content)) : []));
  const all = exact.every((parts): parts is Part[] => parts !== undefined);
  const parts = all ? exact.flat().sort((a, b) => a.seq - b.seq) : contents.map((content) => content.reset());
  if (parts.length === 0) return { bytes: undefined };
  const ids = all
    ? parts.map(({ seq }) => idOf(seq))
    : parts.map((_, i) => (i === parts.length - 1 ? id : i === 0 ? UNKNOWN : undefined));
  return { bytes: Buffer.concat(parts.map(({ event, data }, i) => encodeEvent({ id: ids[i], event, data }))) };
}

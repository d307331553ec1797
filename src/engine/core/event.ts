/**
 * One event of a stream. Only this file knows the format, `text/event-stream`
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 */
export interface WireEvent {
  /** Becomes the reader's `Last-Event-ID`. An event without one leaves it as it was. */
  id?: string | undefined;
  /** Unnamed events are `message`. */
  event?: string | undefined;
  /** Without it the browser takes the id, and dispatches no event. An empty text is dispatched. */
  data?: string | undefined;
  /** Milliseconds until the reader comes back after the stream has ended. */
  retry?: number | undefined;
}

/** The event by which a page is asked whether it is still there. */
export const ASK_EVENT = "here";

export const streamHeaders: Readonly<Record<string, string>> = {
  "Content-Type": "text/event-stream",
  // no-transform: a proxy that compresses holds events back until its window is full.
  "Cache-Control": "no-cache, no-transform",
  // nginx buffers 39 MB for a reader that has stopped, unless it is told not to.
  "X-Accel-Buffering": "no",
};

/** @throws TypeError if an id or a name would break out of its line */
export const encodeEvent = (event: WireEvent) => encoded(event, " ");

/**
 * An event of which very many are sent, to pages: without the space after each colon, which is no part of what follows it. Simple
 * readers of programs may count on that space, browsers do not.
 */
export const encodeTight = (event: WireEvent) => encoded(event, "");

function encoded({ id, event, data, retry }: WireEvent, space: "" | " "): Buffer {
  let text = "";
  if (retry !== undefined) text += `retry:${space}${Math.round(retry)}\n`;
  if (event !== undefined) text += `event:${space}${oneLine(event)}\n`;
  if (id !== undefined) text += `id:${space}${oneLine(id)}\n`;
  if (data !== undefined) {
    // Readers end a line at each of the three, so that each of them must begin a new data line; of which they drop one space.
    for (const line of data.split(/\r\n|\r|\n/)) text += `data:${line.startsWith(" ") ? " " : space}${line}\n`;
  }
  return Buffer.from(`${text}\n`);
}

function oneLine(field: string): string {
  if (/[\r\n\0]/.test(field)) throw new TypeError("an event's id and name hold no line break and no NUL");
  return field;
}

/**
 * How far a reader has got: in which log, as rendered by which templates (`views`) and which layout (`shell`), up to which
 * entry. It is sent as the `id` of events, and comes back as `Last-Event-ID`.
 */
export interface Cursor {
  readonly log: string;
  readonly views: string;
  readonly shell: string;
  readonly seq: number;
}

/** An `id` that is no cursor: a reader that comes back with it is sent every region anew. */
export const UNKNOWN = "reset";

export function formatCursor({ log, views, shell, seq }: Cursor): string {
  return `${log}-${views}-${shell}-${seq}`;
}

/** @returns undefined for anything that was never a cursor: cursors come from outside */
export function parseCursor(text: string): Cursor | undefined {
  const match = /^([a-z0-9]{1,16})-([a-z0-9]{1,16})-([a-z0-9]{1,16})-(0|[1-9]\d{0,14})$/.exec(text);
  if (match === null) return undefined;
  const [, log, views, shell, seq] = match as unknown as [string, string, string, string, string];
  return { log, views, shell, seq: Number(seq) };
}

/** Where a reader has got to: in which log, as rendered by which templates, up to which entry. */
export interface Cursor {
  readonly log: string;
  readonly views: string;
  readonly shell: string;
  readonly seq: number;
}

/** An id that no log gives: a reader that comes back with it is sent everything afresh. */
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

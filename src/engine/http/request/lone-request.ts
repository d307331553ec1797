import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** In a request: whether its socket was taken. Undefined in one whose socket Node's server goes on to use. */
const TAKEN = Symbol("its socket was taken");

type Marked = IncomingMessage & { [TAKEN]?: boolean };

/** Marks a request as the only one of its connection, which nothing but its answer needs any more. */
export function markLone(req: Marked): void {
  req[TAKEN] = false;
}

export function isLone(req: Marked): boolean {
  return req[TAKEN] !== undefined;
}

/** Takes the socket of a request for a stream to write to by itself, so that it need not keep the request. @returns whether it may */
export function takeSocket(req: Marked): req is Marked & { readonly socket: Socket } {
  if (req[TAKEN] === undefined) return false;
  req[TAKEN] = true;
  return true;
}

/** Whether a stream has the socket of this request now. */
export function isTaken(req: Marked): boolean {
  return req[TAKEN] === true;
}

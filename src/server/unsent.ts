import http from "node:http";
import { constants, Http2ServerResponse } from "node:http2";
import { TLSSocket } from "node:tls";
import { Problem } from "../problem.ts";
import { bytesOf, PIECE_BYTES, Pieces } from "./pieces.ts";

/** What may wait in the process for all readers together. */
export const MOST_BYTES = 64 * 1024 * 1024;
/** An answer that has not moved for so long may have to go for others: long enough for a distant reader's next word. */
const GRACE_MS = 200;

type Answer = http.ServerResponse | Http2ServerResponse;
type Done = (error?: Error | null) => void;

/** An answer of which something waits for its reader. */
interface Waiting {
  readonly res: Answer;
  bytes: number;
  /** When its reader last took a piece. */
  moved: number;
}

/**
 * Bounds what waits for readers that do not read. An answer goes out in pieces, each when the one before it was taken; one
 * of which nothing is taken for `writeMs` is cut. Where all together would be over {@link MOST_BYTES}, those that have not
 * moved for longest go first, and a large answer for which even that makes no room becomes a 503. Streams of events go past
 * this, to the socket itself, and have bounds of their own (stream/subscriber.ts).
 */
export class Unsent {
  /** From the one that has not moved for longest. */
  readonly #waiting = new Set<Waiting>();
  /** What waits for all of them. */
  #bytes = 0;
  readonly #writeMs: number;
  readonly #checks: NodeJS.Timeout;

  constructor({ writeMs, checkMs }: { readonly writeMs: number; readonly checkMs: number }) {
    this.#writeMs = writeMs;
    this.#checks = setInterval(() => this.#cutStalled(), checkMs).unref();
  }

  /** There are no answers any more. */
  stop(): void {
    clearInterval(this.#checks);
  }

  /** Looks after an answer, before anything is written to it. */
  watch(res: Answer): void {
    const waiting: Waiting = { res, bytes: 0, moved: 0 };
    const write = res.write.bind(res) as (bytes: Buffer, done: Done) => boolean;
    const end = res.end.bind(res) as (done?: Done) => Answer;
    let ended = false;

    const give = (piece: Buffer, taken: Done): boolean =>
      write(piece, (error) => {
        if (!error) this.#take(waiting, piece.length);
        taken(error);
      });
    const giveAll = (pieces: Pieces, done: Done | undefined): void => {
      give(pieces.next(), () => {
        if (pieces.left && this.#waiting.has(waiting)) giveAll(pieces, done);
      });
      if (!pieces.left) end(done);
    };

    res.write = ((...given: unknown[]) => {
      const piece = bytesOf(given[0], given[1]);
      this.#makeRoom(piece.length);
      this.#add(waiting, piece.length);
      return give(piece, (error) => doneOf(given)?.(error));
    }) as Answer["write"];

    res.end = ((...given: unknown[]) => {
      if (ended) return res;
      ended = true;
      let pieces = new Pieces(given[0], given[1]);
      if (!pieces.left) return end(doneOf(given));
      const large = pieces.bytes > PIECE_BYTES && !res.headersSent;
      if (!this.#makeRoom(pieces.bytes) && large) pieces = new Pieces(refuse(res), "utf8");
      if (!res.headersSent) res.setHeader("Content-Length", pieces.bytes);
      this.#add(waiting, pieces.bytes);
      giveAll(pieces, doneOf(given));
      return res;
    }) as Answer["end"];

    // It is, for whoever gave the answer, though its last piece may wait.
    Object.defineProperty(res, "writableEnded", { get: () => ended });
    res.once("close", () => this.#forget(waiting));
  }

  #add(waiting: Waiting, bytes: number): void {
    if (waiting.bytes === 0) this.#note(waiting);
    waiting.bytes += bytes;
    this.#bytes += bytes;
  }

  #take(waiting: Waiting, bytes: number): void {
    if (!this.#waiting.has(waiting)) return; // it was cut
    this.#bytes -= bytes;
    waiting.bytes -= bytes;
    if (waiting.bytes > 0) this.#note(waiting);
    else this.#waiting.delete(waiting);
  }

  /** It moves: of all that wait it is the last to go. */
  #note(waiting: Waiting): void {
    waiting.moved = performance.now();
    this.#waiting.delete(waiting);
    this.#waiting.add(waiting);
  }

  #forget(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting)) return;
    this.#bytes -= waiting.bytes;
  }

  /** @returns whether there is room for so many bytes more */
  #makeRoom(bytes: number): boolean {
    const now = performance.now();
    for (const waiting of this.#waiting) {
      if (this.#bytes + bytes <= MOST_BYTES || now - waiting.moved < GRACE_MS) break;
      this.#cut(waiting);
    }
    return this.#bytes + bytes <= MOST_BYTES;
  }

  #cutStalled(): void {
    const now = performance.now();
    for (const waiting of [...this.#waiting]) {
      const { res, moved } = waiting;
      // Behind others on its connection, which has closed: nothing else tells of its end. On one that is open, it waits for its turn.
      if (res.req.socket?.destroyed) this.#forget(waiting);
      else if (isQueued(res)) this.#note(waiting);
      else if (now - moved >= this.#writeMs) this.#cut(waiting);
    }
  }

  #cut(waiting: Waiting): void {
    this.#forget(waiting);
    const { res } = waiting;
    if (res instanceof Http2ServerResponse) {
      res.stream.close(constants.NGHTTP2_CANCEL); // the others of its connection go on
      return;
    }
    const { socket } = res.req;
    // Or the kernel would go on offering what it holds for the reader. TLS knows no such end.
    if (socket instanceof TLSSocket) socket.destroy();
    else socket.resetAndDestroy();
  }
}

/** An answer to a pipelined request gets the socket when those before it have gone out. */
function isQueued(res: Answer): boolean {
  return !(res instanceof Http2ServerResponse) && res.socket === null;
}

/** Whom `write` or `end` was to tell, which comes last of what they are given. */
function doneOf(given: readonly unknown[]): Done | undefined {
  return given.find((part): part is Done => typeof part === "function");
}

/** Makes it an answer that says why there is none. */
function refuse(res: Answer): string {
  const problem = new Problem(
    503,
    "overloaded",
    "Too many readers are slow to take what they asked for. Send it again in a moment.",
  );
  res.statusCode = problem.status;
  if (!(res instanceof Http2ServerResponse)) res.statusMessage = http.STATUS_CODES[problem.status]!;
  for (const name of ["ETag", "Last-Modified", "Content-Encoding"]) res.removeHeader(name);
  res.setHeader("Retry-After", "1");
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("Content-Type", "application/problem+json");
  return JSON.stringify(problem);
}

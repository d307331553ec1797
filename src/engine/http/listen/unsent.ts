import http from "node:http";
import { constants, Http2ServerResponse } from "node:http2";
import { TLSSocket } from "node:tls";
import { LIMITS } from "../../core/limits.ts";
import { type Linked, LinkedList } from "../../core/linked-list.ts";
import { Problem } from "../../core/problem.ts";
import { PIECE_BYTES, Pieces } from "./pieces.ts";

/**
 * How long an answer is safe from being cut in favour of others after its reader took something: time for a distant reader to
 * go on.
 */
const GRACE_MS = 200;

/**
 * What Node keeps for an answer besides its body, with its request, some of it outside the heap: 12 KiB, as measured over HTTP/2.
 * Without it, small answers that nobody reads would fill a process long before their bodies do.
 */
export const ANSWER_BYTES = 12 * 1024;

/** Under this an answer has what waits of it; undefined once nothing does. */
const WAITING = Symbol("what waits of this answer");

export type UnsentAnswer = (http.ServerResponse | Http2ServerResponse) & { [WAITING]?: Waiting | undefined };
export type Done = (error?: Error | null) => void;

/** Node's own `write` and `end` of an answer. */
export interface AnswerOutlet {
  write(piece: Buffer, done: Done): boolean;
  end(done: Done | undefined): void;
}

/** An answer of which something waits in the process. */
interface Waiting extends Linked<Waiting> {
  readonly answer: UnsentAnswer;
  /** How much is counted for it: of a body all of it, until its last piece is taken. */
  bytes: number;
  /** Whether all was given. It then waits until it is closed, since HTTP/2 may hold its end back. */
  ended: boolean;
  /** When its reader last took a piece. */
  moved: number;
}

/**
 * Bounds what waits for readers that do not read. An answer goes out in pieces, each when the one before it was taken; one of
 * which nothing is taken for `writeMs` is cut. Where all together would be over `unsentBytes`, those that have not
 * moved for longest go first, and a large answer for which even that makes no room becomes a 503. Streams of events go past
 * this, to the socket itself, and have bounds of their own (delivery/subscriber.ts).
 */
export class Unsent {
  /** In the order of their last movement: the first has not moved for longest. */
  readonly #waiting = new LinkedList<Waiting>();
  /** The sum of all `bytes`, and what each answer costs besides. */
  #bytes = 0;
  readonly #writeMs: number;
  readonly #checks: NodeJS.Timeout;

  constructor({ writeMs, checkMs }: { readonly writeMs: number; readonly checkMs: number }) {
    this.#writeMs = writeMs;
    this.#checks = setInterval(() => this.#cutStalled(), checkMs).unref();
  }

  /** To be called when there are no answers any more. */
  stop(): void {
    clearInterval(this.#checks);
  }

  /** Writes one piece, however large; its writer waits for the drain event itself. */
  write(answer: UnsentAnswer, piece: Buffer, outlet: AnswerOutlet, done: Done | undefined): boolean {
    this.#makeRoom(piece.length);
    this.#add(answer, piece.length);
    return outlet.write(piece, (error) => {
      if (!error) this.#take(answer, piece.length);
      done?.(error);
    });
  }

  /** Sends a whole body piece by piece, or answers 503 where there is no room. */
  end(answer: UnsentAnswer, body: Pieces, outlet: AnswerOutlet, done: Done | undefined): void {
    if (!body.left) {
      this.#add(answer, 0).ended = true;
      outlet.end(done);
      return;
    }
    const large = body.bytes > PIECE_BYTES && !answer.headersSent;
    const given = !this.#makeRoom(body.bytes) && large ? new Pieces(refuse(answer), "utf8") : body;
    if (!answer.headersSent) answer.setHeader("Content-Length", given.bytes);
    this.#add(answer, given.bytes).ended = true;
    const next = () => {
      const piece = given.next();
      const isLast = !given.left;
      outlet.write(piece, (error) => {
        if (error || answer[WAITING] === undefined || isClosed(answer)) return; // it was cut
        this.#take(answer, isLast ? given.bytes : 0);
        if (!isLast) next();
      });
      if (isLast) outlet.end(done);
    };
    next();
  }

  /** Sends a body of one piece together with its headers. @param send calls `taken` once they are taken */
  endAtOnce(answer: UnsentAnswer, bytes: number, send: (taken: () => void) => void, done: Done | undefined): void {
    this.#makeRoom(bytes);
    if (!answer.headersSent && !answer.hasHeader("Content-Length")) answer.setHeader("Content-Length", bytes);
    this.#add(answer, bytes).ended = true;
    send(() => {
      this.#take(answer, bytes);
      done?.();
    });
  }

  #add(answer: UnsentAnswer, bytes: number): Waiting {
    const waiting = answer[WAITING] ?? this.#begin(answer);
    waiting.bytes += bytes;
    this.#bytes += bytes;
    return waiting;
  }

  #begin(answer: UnsentAnswer): Waiting {
    const waiting: Waiting = { answer, bytes: 0, ended: false, moved: performance.now() };
    this.#waiting.add(waiting);
    this.#bytes += ANSWER_BYTES;
    if (!(WAITING in answer)) answer.once("close", () => this.#forget(answer));
    answer[WAITING] = waiting;
    return waiting;
  }

  /** Its reader has taken so many bytes. */
  #take(answer: UnsentAnswer, bytes: number): void {
    const waiting = answer[WAITING];
    if (waiting === undefined) return; // it was cut
    this.#bytes -= bytes;
    waiting.bytes -= bytes;
    if (waiting.bytes > 0 || waiting.ended) this.#move(waiting);
    else this.#forget(answer); // it has nothing to say for now
  }

  /** Puts it at the end of the order, as the one that moved last. */
  #move(waiting: Waiting): void {
    waiting.moved = performance.now();
    this.#waiting.delete(waiting);
    this.#waiting.add(waiting);
  }

  #forget(answer: UnsentAnswer): void {
    const waiting = answer[WAITING];
    if (waiting === undefined) return;
    this.#bytes -= waiting.bytes + ANSWER_BYTES;
    this.#waiting.delete(waiting);
    answer[WAITING] = undefined;
  }

  /** @returns whether there is room for so many bytes more */
  #makeRoom(bytes: number): boolean {
    const now = performance.now();
    for (const { answer, moved } of this.#waiting) {
      if (this.#bytes + bytes <= LIMITS.unsentBytes || now - moved < GRACE_MS) break;
      this.#cut(answer);
    }
    return this.#bytes + bytes <= LIMITS.unsentBytes;
  }

  #cutStalled(): void {
    const now = performance.now();
    for (const waiting of [...this.#waiting]) {
      const { answer, moved } = waiting;
      // It waits behind others of its connection. Where that has closed, no event tells so: it is forgotten here.
      if (answer.req.socket?.destroyed) this.#forget(answer);
      else if (isQueued(answer)) this.#move(waiting);
      else if (now - moved >= this.#writeMs) this.#cut(answer);
    }
  }

  #cut(answer: UnsentAnswer): void {
    this.#forget(answer);
    if (answer instanceof Http2ServerResponse) {
      answer.stream.close(constants.NGHTTP2_CANCEL); // the others of its connection go on
      return;
    }
    const { socket } = answer.req;
    // A reset, or the kernel would keep what it holds for the reader. TLS sockets have no such method.
    if (socket instanceof TLSSocket) socket.destroy();
    else socket.resetAndDestroy();
  }
}

/** Whoever closes a stream of HTTP/2's ends it at once, while what is being written is still written. */
function isClosed(answer: UnsentAnswer): boolean {
  return answer instanceof Http2ServerResponse && answer.stream.writableEnded;
}

/** Whether it is an answer to a pipelined request, which gets the socket when those before it are sent. */
function isQueued(answer: UnsentAnswer): boolean {
  return !(answer instanceof Http2ServerResponse) && answer.socket === null;
}

/** Turns it into a 503. */
function refuse(answer: UnsentAnswer): string {
  const problem = new Problem(
    503,
    "overloaded",
    "Too many readers are slow to take what they asked for. Send it again in a moment.",
  );
  answer.statusCode = problem.status;
  if (!(answer instanceof Http2ServerResponse)) answer.statusMessage = http.STATUS_CODES[problem.status]!;
  for (const name of ["ETag", "Last-Modified", "Content-Encoding"]) answer.removeHeader(name);
  answer.setHeader("Retry-After", "1");
  answer.setHeader("Cache-Control", "no-store");
  answer.setHeader("Content-Type", "application/problem+json");
  return JSON.stringify(problem);
}

import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { connectionOf, DetachableSocket } from "../request/detachable-socket.ts";
import { RequestQueue } from "./request-queue.ts";

/** How many requests may wait for those before them. Browsers and proxies do not send ahead at all. */
const MAX_WAITING = 32;

/**
 * The requests of one HTTP/1 connection, which are answered one after the other. A waiting request takes a hundred times the
 * memory that it took to send: so few may wait, and none behind an answer without an end, such as a stream.
 */
export class Pipeline {
  readonly #socket: Duplex;
  readonly #queue = new RequestQueue(1);
  /** The answer to the request that came last, and the one that is being made. */
  #newest: ServerResponse | undefined;
  #atWork: ServerResponse | undefined;
  #goesOn = false;
  #isOver = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /**
   * @param serve makes the answer. It resolves when the answer has begun and is complete, or goes on as a stream; never rejects
   */
  take(res: ServerResponse, serve: () => Promise<void>): void {
    if (this.#goesOn || this.#queue.waiting === MAX_WAITING) {
      this.#cut();
      return;
    }
    this.#newest = res;
    const closed = new Promise((resolve) => res.once("close", resolve));
    this.#queue.take(async () => {
      if (this.#socket.destroyed) return;
      this.#atWork = res;
      await serve();
      // An answer that has told its length will come to an end by itself.
      this.#goesOn = isDetached(this.#socket) || (!res.writableEnded && !res.hasHeader("Content-Length"));
      if (this.#goesOn && this.#queue.waiting > 0) this.#cut();
      await closed;
      this.#goesOn = false;
    });
  }

  /**
   * Ends the connection, since what came now is no valid request. The requests before it are answered first.
   * @param last the whole answer
   */
  refuse(last: string): void {
    if (this.#isOver) return; // the parser reports this again for each further packet
    this.#isOver = true;
    const end = () => this.#socket.end(last, () => this.#socket.destroy());
    const isWhole = this.#newest?.req.complete ?? true;
    if (isWhole && !this.#goesOn) this.#queue.take(async () => void end());
    else if (!isWhole && this.#newest === this.#atWork && !this.#newest?.headersSent) end();
    else this.#socket.destroy();
  }

  #cut(): void {
    connectionOf(this.#socket).destroy();
  }
}

/** Whether its socket is a stream's now. */
function isDetached(socket: Duplex): boolean {
  return socket instanceof DetachableSocket && socket.isDetached;
}

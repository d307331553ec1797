import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { RequestQueue } from "./request-queue.ts";

/** How many requests may wait for those before them. Browsers and proxies send none ahead. */
const MAX_WAITING = 32;

/**
 * The requests of one HTTP/1 connection. They are answered in order, so that only one is at work; each of the others costs a
 * hundred times the memory that it took to send, so that few may wait, and none behind an answer that goes on, as streams do.
 */
export class Pipeline {
  readonly #socket: Duplex;
  readonly #queue = new RequestQueue(1);
  /** Of the request that came last, and of the one at work. */
  #newest: ServerResponse | undefined;
  #atWork: ServerResponse | undefined;
  #goesOn = false;
  #isOver = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** @param serve settles when the answer is made, but for what it goes on to say; it does not reject */
  take(res: ServerResponse, serve: () => Promise<void>): void {
    if (this.#goesOn || this.#queue.waiting === MAX_WAITING) {
      this.#socket.destroy();
      return;
    }
    this.#newest = res;
    const closed = new Promise((resolve) => res.once("close", resolve));
    this.#queue.take(async () => {
      if (this.#socket.destroyed) return;
      this.#atWork = res;
      await serve();
      // Of an answer whose length is told, the rest comes by itself.
      this.#goesOn = !res.writableEnded && !res.hasHeader("Content-Length");
      if (this.#goesOn && this.#queue.waiting > 0) this.#socket.destroy();
      await closed;
      this.#goesOn = false;
    });
  }

  /**
   * Ends the connection, since what has come now is no request, or no rest of one. Those before it are answered first: none
   * of them is what is wrong.
   * @param last the whole answer
   */
  refuse(last: string): void {
    if (this.#isOver) return; // the parser says so of each further packet
    this.#isOver = true;
    const end = () => this.#socket.end(last, () => this.#socket.destroy());
    const isWhole = this.#newest?.req.complete ?? true;
    if (isWhole && !this.#goesOn) this.#queue.take(async () => void end());
    else if (!isWhole && this.#newest === this.#atWork && !this.#newest?.headersSent) end();
    else this.#socket.destroy();
  }
}

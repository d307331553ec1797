import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Turns } from "./turns.ts";

/** How many requests may wait for those before them. Browsers and proxies send none ahead. */
const MOST_WAITING = 32;

/**
 * The requests of one HTTP/1 connection. They are answered in order, so that only one is at work; each of the others costs a
 * hundred times the memory that it took to send, so that few may wait, and none behind an answer that goes on, as streams do.
 */
export class Pipeline {
  readonly #socket: Duplex;
  readonly #turns = new Turns(1);
  #answer: ServerResponse | undefined;
  #goesOn = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Whether bytes of an answer are on their way, which nothing may break into. */
  get isAnswering(): boolean {
    return this.#answer?.headersSent === true && !this.#answer.writableFinished;
  }

  /** @param serve settles when the answer is made, but for what it goes on to say; it does not reject */
  take(res: ServerResponse, serve: () => Promise<void>): void {
    if (this.#goesOn || this.#turns.waiting === MOST_WAITING) {
      this.#socket.destroy();
      return;
    }
    const closed = new Promise((resolve) => res.once("close", resolve));
    this.#turns.take(async () => {
      if (this.#socket.destroyed) return;
      this.#answer = res;
      await serve();
      // Of an answer whose length is told, the rest comes by itself.
      this.#goesOn = !res.writableEnded && !res.hasHeader("Content-Length");
      if (this.#goesOn && this.#turns.waiting > 0) this.#socket.destroy();
      await closed;
      this.#goesOn = false;
    });
  }
}

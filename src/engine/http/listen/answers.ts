import http from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { bytesOf, Pieces } from "./pieces.ts";
import type { AnswerOutlet, Done, Unsent } from "./unsent.ts";

/**
 * A class of Node's answers whose `write` and `end` go through {@link Unsent}, whoever calls them. A class, since each of
 * very many streams would have functions of its own to keep if they were put on the single answer.
 */
export function answersBy<Kind extends typeof http.ServerResponse | typeof Http2ServerResponse>(
  unsent: Unsent,
  kind: Kind,
): Kind {
  // HTTP/2's resemble HTTP/1's; but there Node's `end` calls the `write` here for what it is given.
  const isHttp1 = kind === http.ServerResponse;
  class Bounded extends (kind as typeof http.ServerResponse) {
    #ended = false;

    static {
      // True as soon as `end` was called, though the last pieces may still wait.
      Object.defineProperty(Bounded.prototype, "writableEnded", {
        get(this: Bounded) {
          return this.#ended;
        },
      });
    }

    override write(...given: unknown[]): boolean {
      return unsent.write(this, bytesOf(given[0], given[1]), this.#outlet(), doneOf(given));
    }

    override end(...given: unknown[]): this {
      if (this.#ended) return this;
      this.#ended = true;
      const done = doneOf(given);
      const body = new Pieces(given[0], given[1]);
      if (isHttp1 && body.left && body.isOne)
        unsent.endAtOnce(this, body.bytes, (taken) => super.end(body.whole, taken), done);
      else unsent.end(this, body, this.#outlet(), done);
      return this;
    }

    #outlet(): AnswerOutlet {
      return { write: (piece, done) => super.write(piece, done), end: (done) => void super.end(done) };
    }
  }
  return Bounded as unknown as Kind;
}

/** The callback among the arguments of `write` or `end`: it is the last one. */
function doneOf(given: readonly unknown[]): Done | undefined {
  return given.find((part): part is Done => typeof part === "function");
}

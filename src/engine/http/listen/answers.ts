import type http from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { bytesOf, Pieces } from "./pieces.ts";
import type { AnswerOutlet, Done, Unsent, UnsentAnswer } from "./unsent.ts";

/**
 * A class of Node's answers whose `write` and `end` go through {@link Unsent}, whoever calls them. A class, since each of
 * very many streams would have functions of its own to keep if they were put on the single answer.
 */
export function answersBy<Kind extends typeof http.ServerResponse | typeof Http2ServerResponse>(
  unsent: Unsent,
  kind: Kind,
): Kind {
  const ended = new WeakSet<UnsentAnswer>();

  // HTTP/2's resemble HTTP/1's.
  class Bounded extends (kind as typeof http.ServerResponse) {
    override write(...given: unknown[]): boolean {
      return unsent.write(this, bytesOf(given[0], given[1]), this.#outlet(), doneOf(given));
    }

    override end(...given: unknown[]): this {
      if (ended.has(this)) return this;
      ended.add(this);
      unsent.end(this, new Pieces(given[0], given[1]), this.#outlet(), doneOf(given));
      return this;
    }

    #outlet(): AnswerOutlet {
      return { write: (piece, done) => super.write(piece, done), end: (done) => void super.end(done) };
    }
  }
  // True as soon as `end` was called, though the last pieces may still wait.
  Object.defineProperty(Bounded.prototype, "writableEnded", {
    get(this: UnsentAnswer) {
      return ended.has(this);
    },
  });
  return Bounded as unknown as Kind;
}

/** The callback among the arguments of `write` or `end`: it is the last one. */
function doneOf(given: readonly unknown[]): Done | undefined {
  return given.find((part): part is Done => typeof part === "function");
}

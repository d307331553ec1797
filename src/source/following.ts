import { wait } from "../wait.ts";
import type { Yielded } from "./every.ts";

/** Rung when what a source follows has moved. A ring that nobody waits for ends the next wait, so that none is missed. */
export class Bell {
  #rung = new AbortController();

  readonly ring = (): void => this.#rung.abort();

  /** Resolves after `ms`, or when it rings. Whoever waited looks then: a ring in between is answered by that look. */
  async wait(ms: number): Promise<void> {
    await wait(ms, this.#rung.signal);
    this.#rung = new AbortController();
  }
}

/**
 * The values of a source that follows something outside of the process. Nothing is opened before it is iterated, and
 * `return()` aborts `stop` and rings the bell at once, where a generator's own would wait for its next value.
 */
export function following<Value extends Yielded>(
  values: (stop: AbortSignal, bell: Bell) => AsyncGenerator<Value, void>,
): AsyncIterable<Value> {
  return {
    [Symbol.asyncIterator]() {
      const stop = new AbortController();
      const bell = new Bell();
      stop.signal.addEventListener("abort", bell.ring, { once: true });
      const running = released(values(stop.signal, bell), stop);
      return {
        next: () => running.next(),
        return() {
          stop.abort();
          return running.return();
        },
      };
    },
  };
}

async function* released<Value>(
  values: AsyncGenerator<Value, void>,
  stop: AbortController,
): AsyncGenerator<Value, void> {
  try {
    yield* values;
  } catch (error) {
    // What return() cut off fails, and that is what was wanted.
    if (!stop.signal.aborted) throw error;
  } finally {
    // One that failed is over, too: what it has opened is closed before it starts again.
    stop.abort();
  }
}

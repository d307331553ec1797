import { wait } from "../core/wait.ts";
import type { Yielded } from "./every.ts";

/** Rung when what a source follows has moved. A wake that nobody waits for ends the next wait, so that none is missed. */
export class Wakeup {
  #woken = new AbortController();

  readonly wake = (): void => this.#woken.abort();

  /** Resolves after `ms`, or when it rings. Whoever waited looks then: a wake in between is answered by that look. */
  async wait(ms: number): Promise<void> {
    await wait(ms, this.#woken.signal);
    this.#woken = new AbortController();
  }
}

/**
 * The values of a source that follows something outside of the process. Nothing is opened before it is iterated, and
 * `return()` aborts `stop` and rings the wakeup at once, where a generator's own would wait for its next value.
 */
export function wakeable<Value extends Yielded>(
  values: (stop: AbortSignal, wakeup: Wakeup) => AsyncGenerator<Value, void>,
): AsyncIterable<Value> {
  return {
    [Symbol.asyncIterator]() {
      const stop = new AbortController();
      const wakeup = new Wakeup();
      stop.signal.addEventListener("abort", wakeup.wake, { once: true });
      const running = released(values(stop.signal, wakeup), stop);
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

import { wait } from "../core/wait.ts";
import type { Yielded } from "./every.ts";

/**
 * Lets a source sleep until something has happened outside. `wake` may be called at any time: if nobody waits just then, the
 * next `wait` returns at once, so that no news is missed.
 */
export class Wakeup {
  #woken = new AbortController();

  readonly wake = (): void => this.#woken.abort();

  /**
   * Resolves after `ms`, or at the next `wake`, or at once if there was one since the last `wait`. The caller then looks for
   * all that is new; several wakes before that look count as one.
   */
  async wait(ms: number): Promise<void> {
    await wait(ms, this.#woken.signal);
    this.#woken = new AbortController();
  }
}

/**
 * Makes a source of a generator that waits for things outside of the process. The generator is started when the source is
 * iterated. When the source is stopped, `stop` is aborted and the wakeup woken at once; the `return()` of a bare generator
 * would wait until that yields again, which may be never.
 * @param values looks at `stop` after each wait, and closes what it has opened in a `finally`
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
    // Stopping makes what was under way fail, which is no failure of the source.
    if (!stop.signal.aborted) throw error;
  } finally {
    // Also where it failed: whatever listens to `stop` is closed before the source is started again.
    stop.abort();
  }
}

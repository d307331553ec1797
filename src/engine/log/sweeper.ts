import { Problem } from "../core/problem.ts";
import { wait } from "../core/wait.ts";
import type { Log } from "./log.ts";

/** Between two sweeps where there is much to remove, so that other nodes, which read the same entries, keep up. */
const PAUSE_MS = 50;

/**
 * Removes what is too old from the log, again and again. Of many nodes the first that looks does it, and the others find
 * nothing.
 */
export class Sweeper {
  readonly #log: Pick<Log, "sweep">;
  readonly #ms: number;
  readonly #onError: (error: unknown) => void;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  /** @param ms milliseconds between two looks */
  constructor(log: Pick<Log, "sweep">, ms: number, onError: (error: unknown) => void) {
    this.#log = log;
    this.#ms = ms;
    this.#onError = onError;
    this.#done = this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(stop: AbortSignal): Promise<void> {
    let failing = false;
    for (await wait(this.#ms, stop); !stop.aborted; await wait(this.#ms, stop)) {
      try {
        while ((await this.#log.sweep()) && !stop.aborted) await wait(PAUSE_MS, stop);
        failing = false;
      } catch (error) {
        // A log that is away, or broken, reports that itself. Anything else is reported once, until a sweep succeeds again.
        const known = error instanceof Problem && error.status === 503;
        if (!known && !failing) this.#onError(error);
        failing = !known;
      }
    }
  }
}

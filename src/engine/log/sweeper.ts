import { Problem } from "../core/problem.ts";
import { wait } from "../core/wait.ts";
import type { Log } from "./log.ts";

/** Between two turns of what goes, so that nodes that read along keep up. */
const TURN_MS = 50;

/** Lets go, again and again, of what is too old. On many nodes whoever comes first does it, and the others find nothing. */
export class Sweeper {
  readonly #log: Pick<Log, "sweep">;
  readonly #ms: number;
  readonly #onError: (error: unknown) => void;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  /** @param ms milliseconds between two sweeps */
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
        while ((await this.#log.sweep()) && !stop.aborted) await wait(TURN_MS, stop);
        failing = false;
      } catch (error) {
        // A log that is away or takes nothing more says so itself; what else fails is told of once.
        const known = error instanceof Problem && error.status === 503;
        if (!known && !failing) this.#onError(error);
        failing = !known;
      }
    }
  }
}

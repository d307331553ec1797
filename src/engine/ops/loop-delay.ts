import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 20;

/** By how much the event loop was late, since it was last asked: whoever asks has one alone. */
export class LoopDelay {
  readonly #intervals: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#intervals.enable();
  }

  /** In seconds. */
  take(): { readonly median: number; readonly p99: number; readonly max: number } {
    const { count, max } = this.#intervals;
    // What the histogram holds are whole intervals, in ns. An empty one has no percentile.
    const late = (ns: number) => (count > 0 ? Math.max(0, ns / 1e6 - RESOLUTION_MS) / 1000 : 0);
    const taken = {
      median: late(this.#intervals.percentile(50)),
      p99: late(this.#intervals.percentile(99)),
      max: late(max),
    };
    this.#intervals.reset();
    return taken;
  }

  stop(): void {
    this.#intervals.disable();
  }
}

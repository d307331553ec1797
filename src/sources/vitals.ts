import { cpus, freemem, loadavg, totalmem } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { every } from "brooklet";

const RESOLUTION = 20;
const loop = monitorEventLoopDelay({ resolution: RESOLUTION });
/**
 * Load is the difference of two looks. The first one whenever somebody comes goes back to the last of before, or to the start:
 * one of a moment would tell of the page's own coming.
 */
let before = times();

/** How this machine and this process are. */
export default every(1_000, (signal) => {
  // The loop is watched only while someone looks, since watching wakes the process fifty times a second.
  if (loop.enable()) signal.addEventListener("abort", stop, { once: true });
  const now = times();
  const passed = now.all - before.all;
  const cpu = passed > 0 ? (now.busy - before.busy) / passed : 0;
  before = now;
  // What the histogram holds are whole intervals. An empty one has no percentile.
  const delay = loop.count > 0 ? Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION) : 0;
  loop.reset();
  const total = totalmem();
  return {
    cpu: Math.round(cpu * 1000) / 1000,
    // On Linux freemem() is MemAvailable: what is left counts caches that would be given up.
    memory: { used: total - freemem(), total },
    load: loadavg(),
    delay: Math.round(delay * 10) / 10,
    cores: cpus().length,
  };
});

function stop(): void {
  loop.disable();
  loop.reset();
}

function times(): { busy: number; all: number } {
  let [idle, all] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { busy: all - idle, all };
}

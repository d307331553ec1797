import { readFileSync } from "node:fs";

/** /proc counts a process's time in these, on every Linux that Debian builds. */
const TICK_US = 10_000;

/** @returns what these processes have used of the cores so far, together, in µs */
export function cpuUs(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return TICK_US * ticks.reduce((sum, one) => sum + one, 0);
}

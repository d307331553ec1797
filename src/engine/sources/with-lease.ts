import type { Fence, Lease, Leases } from "../core/lease.ts";
import { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";

/** The name of the lease that a node needs to run a topic's source. */
export const leaseOf = (topic: Topic): string => `source/${topic}`;

/** Whether an append was refused because another node has the lease by now. */
export function isLost(error: unknown): boolean {
  return error instanceof Problem && error.code === "lease_lost";
}

/** How long to wait before trying again to take a lease that another node has. */
const RETRY_MS = 1_000;

/**
 * Takes a lease, and runs `work` while it has it. Where another node has the lease, it waits; where it loses it, it stops the
 * work, takes the lease again as soon as it can, and runs the work anew; until `stop` is aborted, or the work is done for good.
 * Then the lease is kept until `stop`, since another node that took it would do the work once more.
 *
 * @param work its signal is aborted when it has to stop. Resolves to whether it is done for good
 * @throws what `work` throws, except that the lease was lost
 */
export async function withLease(
  leases: Leases,
  name: string,
  stop: AbortSignal,
  work: (signal: AbortSignal, fence: Fence) => Promise<boolean>,
): Promise<void> {
  for (let ended = false; !ended && !stop.aborted; ) {
    const lease = await take(leases, name, stop);
    if (lease === undefined) return;
    const over = AbortSignal.any([stop, lease.lost]);
    try {
      ended = await work(over, lease.fence);
      if (ended) await aborted(over);
    } catch (error) {
      if (!isLost(error)) throw error;
    } finally {
      await lease.release();
    }
  }
}

/** @returns undefined once it is stopped */
async function take(leases: Leases, name: string, stop: AbortSignal): Promise<Lease | undefined> {
  while (!stop.aborted) {
    // Where that fails, the log is away as well, and reports so itself.
    const lease = await leases.take(name).catch(() => undefined);
    if (lease !== undefined && !stop.aborted) return lease;
    await lease?.release();
    await wait(RETRY_MS, stop);
  }
  return undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

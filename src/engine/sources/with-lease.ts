import type { Fence, Lease, Leases } from "../core/lease.ts";
import { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";

/** What a node must hold to run a topic's source. */
export const leaseOf = (topic: Topic): string => `source/${topic}`;

/** Whether an append was refused since another node has taken over. */
export function isLost(error: unknown): boolean {
  return error instanceof Problem && error.code === "lease_lost";
}

/** Between two tries to have what another node holds. */
const RETRY_MS = 1_000;

/**
 * Works while this node holds a lease: as soon as it can have it, and again whenever it has lost it, until it is stopped.
 * What has been done to its end is not done again: the lease is then kept, since another node would begin anew.
 *
 * @param work its signal is aborted when it is to stop, or when another may be at it. @returns whether it is at its end
 * @throws what `work` throws, but for the lease's being lost
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
    // Where leases cannot be asked for, the log is away as well, and says so itself.
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

import type { Entry } from "./record.ts";

/** So many at once: of ten thousand that were appended together, others have a turn in between. */
const AT_ONCE = 500;

/**
 * Hands durable entries to whoever follows, at once those that are not too many. A throw is the listener's fault, not the
 * publishers': it goes where uncaught errors go.
 */
export async function deliver(listener: (entries: readonly Entry[]) => void, entries: readonly Entry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    try {
      listener(entries.slice(from, from + AT_ONCE));
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

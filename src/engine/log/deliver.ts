import type { Entry } from "./record.ts";

/** Of ten thousand entries that were appended together, so many are delivered before other work has its turn. */
const MAX_ENTRIES_AT_ONCE = 500;

/**
 * Hands durable entries to the follower of a log, in parts where they are many. What the listener throws is no fault of the
 * publishers, who have their answer: it is thrown as an uncaught error.
 */
export async function deliver(listener: (entries: readonly Entry[]) => void, entries: readonly Entry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += MAX_ENTRIES_AT_ONCE) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    try {
      listener(entries.slice(from, from + MAX_ENTRIES_AT_ONCE));
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

import type { Entry } from "./record.ts";

/** Hands durable entries to whoever follows. A throw is the listener's fault, not the publishers': it goes where uncaught errors go. */
export function deliver(listener: (entries: readonly Entry[]) => void, entries: readonly Entry[]): void {
  if (entries.length === 0) return;
  try {
    listener(entries);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

import type { Region } from "../core/region.ts";
import type { Entry } from "../log/record.ts";
import type { Update } from "../regions/update.ts";

/** Is told what passes through this node, for as long as someone wants to see it. It must not throw, and not take long. */
export interface TrafficObserver {
  /** What was read from the log, in order. */
  read(entries: readonly Entry[]): void;
  /** Updates of one region, rendered and encoded once, that so many readers are sent. */
  sent(region: Region, updates: readonly Update[], readers: number): void;
}

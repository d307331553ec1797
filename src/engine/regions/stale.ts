import { forVisitors } from "../core/stale-reason.ts";
import type { Stale, TopicRecord } from "../log/record.ts";

/**
 * The notice of a topic that counts for its widget. One of a quiet does not where the widget allows a longer one, or any:
 * `stale_after` may have changed since, and on the other nodes of a deploy that is under way it is another one.
 * @param staleAfterMs the widget's, if it has one
 */
export function shownStale({ stale }: TopicRecord, staleAfterMs: number | undefined): Stale | null {
  if (stale?.quietMs === undefined) return stale;
  return staleAfterMs !== undefined && stale.quietMs >= staleAfterMs ? stale : null;
}

/** The same, as programs are sent it. */
export function staleJson({ since, reason }: Stale): { since: string; reason: string } {
  return { since: new Date(since).toISOString(), reason: forVisitors(reason) || "Nothing new has come since then." };
}

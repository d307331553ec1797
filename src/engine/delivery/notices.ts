import type { Subscriber } from "./subscriber.ts";

const AWAY = "The server cannot reach its data just now. What you see may be old; this mends itself.";
const OUTDATED = "This page has a newer version. Reload it when it suits you.";

/** What every page is told besides its regions; the most urgent of what holds. */
export class Notices {
  /** The author's mistake, or "". */
  mistake = "";
  /** Whether the log can be reached. */
  reachable = true;
  #outdated = new WeakSet<Subscriber>();

  /** The layout of these pages has changed since they were loaded. */
  outdate(subscribers: Iterable<Subscriber>): void {
    for (const subscriber of subscribers) this.#outdated.add(subscriber);
  }

  get health(): "alive" | "away" {
    return this.reachable ? "alive" : "away";
  }

  /** "" where there is nothing to say. */
  for(subscriber: Subscriber): string {
    if (this.mistake !== "") return this.mistake;
    if (!this.reachable) return AWAY;
    return this.#outdated.has(subscriber) ? OUTDATED : "";
  }
}

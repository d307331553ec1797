import type { Notice } from "../core/widget.ts";
import type { Subscriber } from "./subscriber.ts";

/** The sentence that a page shows in its notice element. Of several that hold, it is the most urgent one. */
export class Notices {
  /** A mistake in the author's templates, or "". */
  mistake = "";
  /** Whether the log can be reached. */
  reachable = true;
  /** Those whose page was loaded with another layout than the present one. */
  #outdated = new WeakSet<Subscriber>();

  /** Notes that the layout has changed since these pages were loaded. */
  markOutdated(subscribers: Iterable<Subscriber>): void {
    for (const subscriber of subscribers) this.#outdated.add(subscriber);
  }

  get health(): "alive" | "away" {
    return this.reachable ? "alive" : "away";
  }

  /** "" where there is nothing to say. */
  for(subscriber: Subscriber): Notice {
    return this.of(this.#outdated.has(subscriber));
  }

  /** @param isOutdated whether the page was loaded with another layout than the present one */
  of(isOutdated: boolean): Notice {
    if (this.mistake !== "") return { mistake: this.mistake };
    if (!this.reachable) return "data_away";
    return isOutdated ? "newer_page" : "";
  }
}

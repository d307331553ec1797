import type { Region } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Metrics } from "../ops/metrics.ts";
import { CHUNK_BYTES } from "../regions/chunk.ts";
import type { Content } from "../regions/content.ts";
import { toEvents, type Update } from "../regions/update.ts";
import { type CatchUpBatch, caughtUpTo, nextBatch, type ReaderPosition } from "./catch-up.ts";

/** A subscriber, as its group sees it. */
export interface Member {
  /**
   * Takes events that all who are caught up are sent.
   * @param joined the same events as one Buffer; undefined where they are to be written one by one
   * @param position where it is after them
   */
  send(events: readonly { readonly bytes: Buffer }[], joined: Buffer | undefined, position: ReaderPosition): void;
  /** Writes what it lacks, as its regions show it now. */
  catchUp(): void;
  /** Ends the stream in such a way that the page does not come back: all its topics have ended. */
  endForGood(): void;
}

/**
 * All subscribers that show the same regions, in whatever order they asked for them. The events of one flush are put together
 * once for all of them, and are one write for each.
 */
export class Group {
  /** The same for all who show the same regions in the same format. */
  readonly key: string;
  readonly as: "html" | "json";
  readonly regions: readonly Region[];
  /** Of its regions, each once. */
  readonly topics: readonly Topic[];
  #contents: readonly Content[];
  readonly members = new Set<Member>();
  /** Those that are caught up. */
  readonly caughtUp = new Set<Member>();
  /** Catch-up batches by the position that they begin at, until anything that the group shows changes. */
  #batches = new WeakMap<ReaderPosition, CatchUpBatch>();
  readonly #metrics: Metrics;

  constructor(as: "html" | "json", contents: readonly Content[], metrics: Metrics) {
    this.as = as;
    this.regions = contents.map((content) => content.region);
    this.topics = [...new Set(this.regions.map(({ topic }) => topic))];
    this.key = `${as} ${this.regions.map(({ name }) => name).sort()}`;
    this.#contents = contents;
    this.#metrics = metrics;
  }

  get contents(): readonly Content[] {
    return this.#contents;
  }

  /** Other contents for the same regions. A region that new templates cannot show has none, so that there may be fewer. */
  set contents(contents: readonly Content[]) {
    this.#contents = contents;
    this.#batches = new WeakMap();
  }

  /** Whether all topics of the stream have ended. */
  get ended(): boolean {
    return this.contents.length > 0 && this.contents.every((content) => content.ended);
  }

  /**
   * Sends updates to all who are caught up. To be called even where there are none, when something has changed.
   * @param updates of any of its contents; undefined where each member is to be caught up instead
   * @param now the seq of the newest entry that this node has applied
   */
  deliver(updates: Update[] | undefined, now: number, cursor: (seq: number) => string): void {
    this.#batches = new WeakMap();
    if (updates === undefined) {
      for (const subscriber of [...this.caughtUp]) subscriber.catchUp();
      return;
    }
    if (this.caughtUp.size === 0 || updates.length === 0) return;
    const events = updates.length === 1 ? updates : toEvents(updates, cursor);
    const bytes = events.reduce((sum, event) => sum + event.bytes.length, 0);
    const one = events.length === 1 ? events[0]!.bytes : undefined;
    // More than this is written event by event, so that a slow reader has at most this and one event waiting in the process.
    const joined = one ?? (bytes <= CHUNK_BYTES ? Buffer.concat(events.map((event) => event.bytes)) : undefined);
    const position = caughtUpTo(now);
    if (joined !== undefined) {
      // Once for all readers: to count at each of ten thousand would take time that they wait for.
      this.#metrics.deliveries += events.length * this.caughtUp.size;
      this.#metrics.bytes += bytes * this.caughtUp.size;
    }
    for (const subscriber of this.caughtUp) subscriber.send(events, joined, position);
  }

  /** What to write next to a member that catches up, made once for all who are at the same position. */
  nextBatch(position: ReaderPosition, now: number, cursor: (seq: number) => string): CatchUpBatch {
    const made = this.#batches.get(position) ?? nextBatch(this.contents, position, now, cursor);
    // For a member that is alone it would only take memory.
    if (this.members.size > 1) this.#batches.set(position, made);
    return made;
  }
}

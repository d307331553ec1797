import type { Region } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { Content } from "../regions/content.ts";
import { toEvents, type Update } from "../regions/update.ts";
import { type CatchUpBatch, caughtUpTo, nextBatch, type ReaderPosition } from "./catch-up.ts";
import type { Encoding, Piece, Written } from "./encoding/encoding.ts";

/** A subscriber, as its group sees it. */
export interface Member {
  /**
   * Takes events that all who are caught up are sent.
   * @param position where it is after them
   */
  send(pieces: readonly Piece[], position: ReaderPosition): void;
  /** Takes what belongs to no region, and leaves it where it is. */
  tell(bytes: Buffer): void;
  /** Writes what it lacks, as its regions show it now. */
  catchUp(): void;
  /** Ends the stream in such a way that the page does not come back: all its topics have ended. */
  endForGood(): void;
}

export interface GroupParts {
  readonly as: "html" | "json";
  readonly contents: readonly Content[];
  readonly encoding: Encoding<Member>;
  readonly metrics: Metrics;
}

/**
 * All subscribers that show the same regions, in whatever order they asked for them. The events of one flush are put together
 * once for all of them, and are one write for each.
 */
export class Group {
  /** By which it is found, see {@link FanOut.group}. */
  readonly key: string;
  readonly as: "html" | "json";
  readonly regions: readonly Region[];
  /** Of its regions, each once. */
  readonly topics: readonly Topic[];
  #contents: readonly Content[];
  readonly encoding: Encoding<Member>;
  readonly members = new Set<Member>();
  #caughtUp = new Set<Member>();
  /** Catch-up batches by the position that they begin at, until anything that the group shows changes. */
  #batches = new WeakMap<ReaderPosition, CatchUpBatch>();
  readonly #metrics: Metrics;

  constructor(key: string, { as, contents, encoding, metrics }: GroupParts) {
    this.key = key;
    this.as = as;
    this.encoding = encoding;
    this.regions = contents.map((content) => content.region);
    this.topics = [...new Set(this.regions.map(({ topic }) => topic))];
    this.#contents = contents;
    this.#metrics = metrics;
  }

  get contents(): readonly Content[] {
    return this.#contents;
  }

  /** Those that are caught up. */
  get caughtUp(): ReadonlySet<Member> {
    return this.#caughtUp;
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

  /** A member is caught up: from now on it is sent what the group is. */
  join(member: Member): void {
    this.#caughtUp.add(member);
    this.encoding.joined(member);
  }

  /** A member is behind, or has gone. */
  leave(member: Member): void {
    if (this.#caughtUp.delete(member)) this.encoding.left(member);
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
    const position = caughtUpTo(now);
    for (const written of this.encoding.all(events, this.#caughtUp)) {
      this.#count(written);
      for (const subscriber of written.readers) subscriber.send(written.pieces, position);
    }
  }

  /** Writes what belongs to no region, such as a heartbeat. Those that are behind do without: they have enough to read. */
  tell<Some extends Member>(members: Iterable<Some>, bytesFor: (member: Some) => Buffer): void {
    const told = new Map<Buffer, Some[]>();
    for (const member of members) {
      if (!this.#caughtUp.has(member)) continue;
      const bytes = bytesFor(member);
      const alike = told.get(bytes);
      if (alike === undefined) told.set(bytes, [member]);
      else alike.push(member);
    }
    for (const [bytes, alike] of told) {
      for (const written of this.encoding.some(bytes, alike, this.#caughtUp)) {
        const encoded = written.pieces[0]!.bytes;
        this.#metrics.bytes += encoded.length * written.count;
        for (const member of written.readers) member.tell(encoded);
      }
    }
  }

  /** What to write next to a member that catches up, made once for all who are at the same position. */
  nextBatch(position: ReaderPosition, now: number, cursor: (seq: number) => string): CatchUpBatch {
    const made = this.#batches.get(position) ?? nextBatch(this.contents, position, now, cursor);
    // For a member that is alone it would only take memory.
    if (this.members.size > 1) this.#batches.set(position, made);
    return made;
  }

  /** Once for all readers: to count at each of ten thousand would take time that they wait for. */
  #count({ pieces, count }: Written<Member>): void {
    if (pieces.length > 1) return; // each reader counts what it can take
    this.#metrics.deliveries += pieces[0]!.events * count;
    this.#metrics.bytes += pieces[0]!.bytes.length * count;
  }
}

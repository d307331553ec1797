import type { Region } from "../core/region.ts";
import { CHUNK_BYTES } from "../regions/chunk.ts";
import type { Content } from "../regions/content.ts";
import { sequence, type Update } from "../regions/update.ts";
import { caughtUp, type ReaderPlace, type Step, step } from "./catch-up.ts";

/** What a group asks of a reader that shows its regions. */
export interface Member {
  /** Takes the same events as all that are caught up: as one batch, or one by one where that is undefined. */
  send(events: readonly { readonly bytes: Buffer }[], batch: Buffer | undefined, place: ReaderPlace): void;
  /** Reads what it lacks from the contents themselves. */
  catchUp(): void;
  /** Is told that nothing more will come. */
  finish(): void;
}

/** All subscribers that show the same regions, in whatever order they asked for them: what falls together is joined once for all of them, and is one write each. */
export class Group {
  /** Of all that show the same, the same. */
  readonly key: string;
  readonly as: "html" | "json";
  readonly regions: readonly Region[];
  #contents: readonly Content[];
  readonly members = new Set<Member>();
  /** Those that are caught up. */
  readonly ready = new Set<Member>();
  /** Until anything that it shows changes. */
  #steps = new WeakMap<ReaderPlace, Step>();

  constructor(as: "html" | "json", contents: readonly Content[]) {
    this.as = as;
    this.regions = contents.map((content) => content.region);
    this.key = `${as} ${this.regions.map(({ name }) => name).sort()}`;
    this.#contents = contents;
  }

  get contents(): readonly Content[] {
    return this.#contents;
  }

  /** Other templates make other contents; a region that the new ones cannot show has none. */
  set contents(contents: readonly Content[]) {
    this.#contents = contents;
    this.#steps = new WeakMap();
  }

  /** Whether nothing will come on this stream any more. */
  get ended(): boolean {
    return this.contents.length > 0 && this.contents.every((content) => content.ended);
  }

  /**
   * @param updates those of its contents that have one, or undefined where readers are to be caught up instead
   * @param position the seq of the newest of all updates that this node has applied
   */
  deliver(updates: Update[] | undefined, position: number, cursor: (seq: number) => string): void {
    this.#steps = new WeakMap();
    if (updates === undefined) {
      for (const subscriber of [...this.ready]) subscriber.catchUp();
      return;
    }
    if (this.ready.size === 0 || updates.length === 0) return;
    const events = updates.length === 1 ? updates : sequence(updates, cursor);
    const bytes = events.reduce((sum, event) => sum + event.bytes.length, 0);
    const one = events.length === 1 ? events[0]!.bytes : undefined;
    // A larger batch is written event by event, so that a reader's queue holds so much and one event at most.
    const batch = one ?? (bytes <= CHUNK_BYTES ? Buffer.concat(events.map((event) => event.bytes)) : undefined);
    const place = caughtUp(position);
    for (const subscriber of this.ready) subscriber.send(events, batch, place);
  }

  /** The next step of a reader's catch-up, made once for all who are at one place. */
  step(place: ReaderPlace, now: number, cursor: (seq: number) => string): Step {
    const made = this.#steps.get(place) ?? step(this.contents, place, now, cursor);
    // For one that is alone it would only be kept, as large as all that its regions show.
    if (this.members.size > 1) this.#steps.set(place, made);
    return made;
  }
}

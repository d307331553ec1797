import type { Region } from "../core/region.ts";
import type { Change, Value } from "../log/record.ts";
import type { Chunk } from "./chunk.ts";
import type { HtmlContent, HtmlParts } from "./content.ts";
import { shownStale } from "./stale.ts";
import { type Update, updateOf } from "./update.ts";

/** What a region of kind state shows: its newest value, which each update replaces. */
export class StateContent implements HtmlContent {
  readonly region: Region;
  groupCount = 0;
  readonly #parts: HtmlParts;
  #html: string;
  #changed = false;

  constructor(parts: HtmlParts) {
    this.region = parts.region;
    this.#parts = parts;
    this.#html = this.#render();
  }

  get seq(): number {
    return this.#parts.record.seq;
  }

  get ended(): boolean {
    return this.#parts.record.ended > 0;
  }

  apply(change: Change): boolean {
    if (change.kind !== "ended") this.#changed = true;
    return false; // coalesced: of all values within one flush interval only the newest is rendered
  }

  takeUpdates(): Update[] {
    if (!this.#changed) return [];
    this.#changed = false;
    this.#html = this.#render();
    return [updateOf(this.seq, this.#parts.cursor(this.seq), this.#parts.renderer.fill(this.region, this.#html))];
  }

  entriesSince(): undefined {}

  nextChunk(): Chunk {
    const { seq } = this;
    const data = this.#parts.renderer.fill(this.region, this.#html);
    return { parts: [{ seq, data }], progress: { seq, itemsUpTo: seq } };
  }

  html(): string {
    return this.#html;
  }

  #render(): string {
    const { region, record, renderer, onError, metrics } = this.#parts;
    const stale = shownStale(record, renderer.staleAfterMs(region.topic));
    const values = [...record.values.values()];
    const newest = values.pop();
    const notice = stale === null ? "" : renderer.stale(region, stale.since, stale.reason);
    if (newest === undefined) return notice || renderer.waiting(region);
    try {
      return metrics.renders.time(() => renderer.fragment(region, sightOf(newest, values))) + notice;
    } catch (error) {
      onError(error);
      // Not the value before it: the topic does not hold that any more, and a fresh page would not show it.
      return renderer.unshowable(region, newest.at, error) + notice;
    }
  }
}

function sightOf(value: Value, history: Value[]) {
  return { data: value.json.value, history: history.map(({ json }) => json.value), at: value.at };
}

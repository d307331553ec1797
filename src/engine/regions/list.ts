import { append, fill } from "../core/partial.ts";
import { itemId, type Region } from "../core/region.ts";
import type { Change, Entry } from "../log/record.ts";
import type { Chunk, Progress } from "./chunk.ts";
import type { HtmlContent, HtmlParts } from "./content.ts";
import { ItemList } from "./item-list.ts";
import { type Update, updateOf } from "./update.ts";

/** What all readers may be sent at once, in bytes: as much as one fragment. More than that, each takes in chunks, as it can. */
const MAX_RESET_BYTES = 64 * 1024;

/** A log region: a window of items, to which each update adds one. */
export class ListContent implements HtmlContent {
  readonly region: Region;
  readers = 0;
  readonly #parts: HtmlParts;
  readonly #items: ItemList;
  readonly #keep: number;
  #noted: { change: Change; seq: number }[] = [];

  constructor(parts: HtmlParts) {
    const { region, record, renderer, onError } = parts;
    this.region = region;
    this.#parts = parts;
    this.#keep = renderer.widget(region.topic).keep;
    this.#items = new ItemList(region, renderer.widget(region.topic), record, ({ key, json, at }) => {
      const id = itemId(region.id, key);
      try {
        return renderer.fragment(region, { data: json.value, at, history: [], id });
      } catch (error) {
        onError(error);
        return renderer.unshowable(region, at, error, id);
      }
    });
  }

  get seq(): number {
    return this.#parts.record.seq;
  }

  get ended(): boolean {
    return this.#parts.record.ended > 0;
  }

  apply(change: Change, { seq }: Entry): boolean {
    if (change.kind === "none" || change.kind === "ended") return false;
    if (change.kind === "replaced" || change.kind === "removed") {
      // A version that still waits would only be painted over.
      const key = change.kind === "replaced" ? change.value.key : change.key;
      this.#noted = this.#noted.filter(({ change: old }) => old.kind !== "replaced" || old.value.key !== key);
    }
    this.#noted.push({ change, seq });
    return change.kind !== "replaced";
  }

  take(): Update[] | undefined {
    const noted = this.#noted;
    this.#noted = [];
    if (noted.length > this.#keep) {
      // Most of them have gone again: what the list shows now is less than all that has happened to it.
      this.#items.reset();
      return undefined;
    }
    const updates: Update[] = [];
    for (const { change, seq } of noted) {
      const data = this.#items.step(change, seq);
      if (data === undefined) {
        // The record already holds what the rest of `noted` tells of: one reset is all of it.
        this.#items.reset();
        const html = this.html();
        // Of several changes it is told with the last: the id of another region's event between them, which goes before it,
        // would cover what this page has not been told, and a cut there would leave a gap.
        if (noted.length > 1 || Buffer.byteLength(html) > MAX_RESET_BYTES) return undefined;
        return [updateOf(this.seq, this.#parts.cursor(this.seq), fill(this.region.id, html))];
      }
      if (data !== "") updates.push(updateOf(seq, this.#parts.cursor(seq), data));
    }
    return updates;
  }

  entries(): undefined {}

  next(progress: Progress | undefined): Chunk {
    const { seq } = this;
    const { id } = this.region;
    const { told, born = seq } = this.#items.next(progress);
    const html = told.html + (born < seq ? "" : this.#notice());
    const added = html === "" ? "" : append(id, html);
    const data = told.mends === undefined ? fill(id, html || this.#waiting()) : told.mends + added;
    return { parts: [{ seq, data }], progress: { seq, born } };
  }

  html(): string {
    return this.#items.html() + this.#notice() || this.#waiting();
  }

  #notice(): string {
    const { stale } = this.#parts.record;
    return stale === null ? "" : this.#parts.renderer.stale(this.region, stale.since, stale.reason);
  }

  #waiting(): string {
    return this.#parts.renderer.waiting(this.region);
  }
}

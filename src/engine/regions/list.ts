import { appendTo, fill } from "../core/partial.ts";
import { itemId, itemName, type Region } from "../core/region.ts";
import type { Change, Entry } from "../log/record.ts";
import type { Chunk, Progress } from "./chunk.ts";
import type { HtmlContent, HtmlParts } from "./content.ts";
import { ItemList } from "./item-list.ts";
import { shownStale } from "./stale.ts";
import { type Update, updateOf } from "./update.ts";

/**
 * How large a reset may be that is sent to all readers at once: as large as one fragment. A larger one each takes in chunks.
 */
const MAX_RESET_BYTES = 64 * 1024;

/** What a region of kind log shows: a list of items, to which most updates add one. */
export class ListContent implements HtmlContent {
  readonly region: Region;
  groupCount = 0;
  readonly #parts: HtmlParts;
  readonly #items: ItemList;
  readonly #keep: number;
  #pending: { change: Change; seq: number }[] = [];

  constructor(parts: HtmlParts) {
    const { region, record, renderer, onError, metrics } = parts;
    this.region = region;
    this.#parts = parts;
    this.#keep = renderer.widget(region.topic).keep;
    this.#items = new ItemList(region, renderer.widget(region.topic), record, ({ key, json, at }) => {
      const id = itemId(region.id, key);
      try {
        const sight = { data: json.value, at, history: [], id, item: itemName(key) };
        return metrics.renders.time(() => renderer.fragment(region, sight));
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
    if (change.kind === "ended") return false;
    if (change.kind === "replaced" || change.kind === "removed") {
      // An older version of the item that is still pending need not be sent.
      const key = change.kind === "replaced" ? change.value.key : change.key;
      this.#pending = this.#pending.filter(({ change: old }) => old.kind !== "replaced" || old.value.key !== key);
    }
    this.#pending.push({ change, seq });
    return change.kind !== "replaced";
  }

  takeUpdates(): Update[] | undefined {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length > this.#keep) {
      // More changes than the list has items: to send the list is less than to send the changes.
      this.#items.reload();
      return undefined;
    }
    const updates: Update[] = [];
    for (const { change, seq } of pending) {
      const data = this.#items.apply(change, seq);
      if (data === undefined) {
        // The record holds all pending changes already, so that one reset stands for the rest of them, too.
        this.#items.reload();
        const html = this.html();
        // A reset carries the seq of the last of several changes. An event of another region whose seq is between them would be
        // sent before it, and its id would say that the page has the earlier changes; a cut right there would lose them. So
        // each reader is caught up instead, where the id comes last.
        if (pending.length > 1 || Buffer.byteLength(html) > MAX_RESET_BYTES) return undefined;
        return [updateOf(this.seq, this.#parts.cursor(this.seq), fill(this.region.id, html))];
      }
      if (data !== "") updates.push(updateOf(seq, this.#parts.cursor(seq), data));
    }
    return updates;
  }

  entriesSince(): undefined {}

  nextChunk(progress: Progress | undefined): Chunk {
    const { seq } = this;
    const { id } = this.region;
    const next = this.#items.nextItems(progress);
    const { corrections, itemsUpTo = seq } = next;
    const html = next.html + (itemsUpTo < seq ? "" : this.#notice());
    const added = html === "" ? "" : appendTo(id, html);
    const data = corrections === undefined ? fill(id, html || this.#waiting()) : corrections + added;
    return { parts: [{ seq, data }], progress: { seq, itemsUpTo } };
  }

  html(): string {
    return this.#items.html() + this.#notice() || this.#waiting();
  }

  #notice(): string {
    const { record, renderer } = this.#parts;
    const stale = shownStale(record, renderer.staleAfterMs(this.region.topic));
    return stale === null ? "" : renderer.stale(this.region, stale.since, stale.reason);
  }

  #waiting(): string {
    return this.#parts.renderer.waiting(this.region);
  }
}

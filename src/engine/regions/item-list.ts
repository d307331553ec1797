import { MapRenewal } from "../core/map-renewal.ts";
import { appendTo, removeElement, replaceElement } from "../core/partial.ts";
import { itemId, type Region } from "../core/region.ts";
import type { Widget } from "../core/widget.ts";
import type { Change, TopicRecord, Value } from "../log/record.ts";
import type { Progress } from "./chunk.ts";
import { type ItemsChunk, NO_PROGRESS, nextItems, type ShownItem, shownItem } from "./items.ts";

/**
 * Shared by all lists that show nothing, of which there may be very many. Nothing is ever added to it: an empty list is
 * reloaded.
 */
const NONE = new Map<string, never>();

/**
 * The items that a region of kind log shows, in order of creation: the newest `keep` of those that render to something. A value
 * may render to nothing, where the region's params filter it out.
 */
export class ItemList {
  readonly #region: Region;
  readonly #widget: Widget;
  readonly #record: TopicRecord;
  readonly #render: (value: Value) => string;
  #items: Map<string, ShownItem> = NONE;
  readonly #renewal = new MapRenewal();
  /**
   * A reader that has everything up to this seq, or to a later one, can be brought up to date with added, replaced and evicted
   * items alone. One that is further behind is sent the whole list.
   */
  #resumableFrom = 0;

  /**
   * @param record of the topic; it holds a change before `apply` is called for it
   * @param render gives an item's HTML, or "" where the template renders nothing for this region
   */
  constructor(region: Region, widget: Widget, record: TopicRecord, render: (value: Value) => string) {
    this.#region = region;
    this.#widget = widget;
    this.#record = record;
    this.#render = render;
    this.#load();
  }

  html(): string {
    let html = "";
    for (const item of this.#items.values()) html += item.html;
    return html;
  }

  /** Renders the record's values from the newest back, until there are `keep` items. */
  #load(): void {
    const values = [...this.#record.values.values()];
    const shown: ShownItem[] = [];
    let showsAll = values.length <= this.#widget.keep;
    for (const value of values.reverse()) {
      if (shown.length === this.#widget.keep) break;
      const html = this.#render(value);
      if (html === "") showsAll = false;
      else shown.push(shownItem(value, html, value.evicted));
    }
    this.#items = shown.length === 0 ? NONE : new Map(shown.reverse().map((item) => [item.key, item]));
    // Where every value is shown, what evicted what is known from the record, even of before a restart. Else it is not known.
    this.#resumableFrom = showsAll && !this.#widget.filtered ? this.#record.lastRewrite : this.#record.seq;
  }

  /**
   * Takes a change over from the record.
   * @returns the partials that bring a page from before the change to after it, "" where nothing shows of it, and undefined
   * where only a reset can: then call {@link reload}
   */
  apply(change: Change, seq: number): string | undefined {
    switch (change.kind) {
      case "added":
        return this.#added(change.value);
      case "replaced":
        return this.#replaced(change.value, seq);
      case "removed":
        return this.#removed(change.key, seq);
      case "reset":
        return undefined;
      default:
        return "";
    }
  }

  /** Renders anew what the record holds. */
  reload(): void {
    this.#load();
    // It may bring items that were created before other events which readers have by now: the cursor of such a reader is past
    // an
    // item that it lacks, so that it needs the whole list.
    this.#resumableFrom = this.#record.seq;
  }

  /** What a reader is sent next. */
  nextItems(progress: Progress | undefined): ItemsChunk {
    const known = progress !== undefined && progress.seq >= this.#resumableFrom ? progress : NO_PROGRESS;
    return nextItems([...this.#items.values()], known, (key) => this.#id(key));
  }

  #added(value: Value): string | undefined {
    const html = this.#render(value);
    const evicted = value.evicted.filter((key) => this.#items.has(key));
    if (html === "") return evicted.length === 0 ? "" : undefined;
    if (this.#items.size === 0) return undefined; // the waiting state has to go
    for (const key of this.#items.keys()) {
      if (this.#items.size - evicted.length < this.#widget.keep) break;
      if (!evicted.includes(key)) evicted.push(key);
    }
    for (const key of evicted) this.#items.delete(key);
    this.#items = this.#renewal.of(this.#items, evicted.length);
    const item = shownItem(value, html, evicted);
    this.#items.set(value.key, item);
    // The item comes last: that partial needs no end tag then.
    return evicted.map((key) => removeElement(this.#id(key))).join("") + appendTo(this.#region.id, html);
  }

  #replaced(value: Value, seq: number): string | undefined {
    const item = this.#items.get(value.key);
    const full = this.#items.size >= this.#widget.keep;
    if (item === undefined && full && value.createdSeq < this.#oldest()) return ""; // it was evicted here
    const html = this.#render(value);
    if (item === undefined && html === "") return "";
    if (item === undefined || html === "") return undefined; // it begins to be shown, or ends
    item.html = html;
    item.changedSeq = seq;
    return replaceElement(this.#id(value.key), html);
  }

  #removed(key: string, seq: number): string | undefined {
    if (!this.#items.delete(key)) return "";
    const [first] = this.#record.values.values();
    // Its removal makes room for an older item, or leaves the list empty, and so the waiting state comes back.
    if (this.#items.size === 0 || (first !== undefined && first.createdSeq < this.#oldest())) return undefined;
    this.#resumableFrom = seq;
    return removeElement(this.#id(key));
  }

  #oldest(): number {
    const [first] = this.#items.values();
    return first?.createdSeq ?? 0;
  }

  #id(key: string): string {
    return itemId(this.#region.id, key);
  }
}

import { append, remove, replace } from "../core/partial.ts";
import { itemId, type Region } from "../core/region.ts";
import type { Widget } from "../core/widget.ts";
import type { Change, TopicRecord, Value } from "../log/record.ts";
import type { Progress } from "./chunk.ts";
import { AFRESH, type ShownItem, shownItem, type Told, tell } from "./items.ts";

/** One for all that show nothing: nothing is added to these, they are loaded afresh. Of topics with nothing in them there may be very many. */
const NONE = new Map<string, never>();

/** The items that a log region shows: the newest `keep` of those that render to something, in order of birth. */
export class ItemList {
  readonly #region: Region;
  readonly #widget: Widget;
  readonly #record: TopicRecord;
  /** "" where the template renders to nothing for this region. */
  readonly #render: (value: Value) => string;
  #items: Map<string, ShownItem> = NONE;
  /** A reader that has everything up to here, or further, lacks nothing but items born or replaced since. */
  #exact = 0;

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

  /** Renders what the record holds, from the newest back to the first that has no place. */
  #load(): void {
    const values = [...this.#record.values.values()];
    const shown: ShownItem[] = [];
    let whole = values.length <= this.#widget.keep;
    for (const value of values.reverse()) {
      if (shown.length === this.#widget.keep) break;
      const html = this.#render(value);
      if (html === "") whole = false;
      else shown.push(shownItem(value, html, value.evicted));
    }
    this.#items = shown.length === 0 ? NONE : new Map(shown.reverse().map((item) => [item.key, item]));
    // Where every value shows, the record knows what each birth evicted, over restarts too.
    this.#exact = whole && !this.#widget.filtered ? this.#record.disturbed : this.#record.seq;
  }

  /** @returns the partials that bring a page from before a change to after it, or undefined where only a reset can */
  step(change: Change, seq: number): string | undefined {
    switch (change.kind) {
      case "born":
        return this.#born(change.value);
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

  /** Shows afresh what the record holds. */
  reset(): void {
    this.#load();
    // Births among what the reset tells of may be older than events that went out before it.
    this.#exact = this.#record.seq;
  }

  /** What a reader is told next, and where it is then, or undefined if nothing is left. */
  next(progress: Progress | undefined): { told: Told; born: number | undefined } {
    const known = progress !== undefined && progress.seq >= this.#exact ? progress : AFRESH;
    return tell([...this.#items.values()], known, (key) => this.#id(key));
  }

  #born(value: Value): string | undefined {
    const html = this.#render(value);
    const evicted = value.evicted.filter((key) => this.#items.has(key));
    if (html === "") return evicted.length === 0 ? "" : undefined;
    if (this.#items.size === 0) return undefined;
    for (const key of this.#items.keys()) {
      if (this.#items.size - evicted.length < this.#widget.keep) break;
      if (!evicted.includes(key)) evicted.push(key);
    }
    for (const key of evicted) this.#items.delete(key);
    const item = shownItem(value, html, evicted);
    this.#items.set(value.key, item);
    return this.#append(item);
  }

  #replaced(value: Value, seq: number): string | undefined {
    const item = this.#items.get(value.key);
    const full = this.#items.size >= this.#widget.keep;
    if (item === undefined && full && value.born < this.#oldest()) return ""; // it has left this region
    const html = this.#render(value);
    if (item === undefined && html === "") return "";
    if (item === undefined || html === "") return undefined; // it comes into view or leaves it
    item.html = html;
    item.changed = seq;
    return replace(this.#id(value.key), html);
  }

  #removed(key: string, seq: number): string | undefined {
    if (!this.#items.delete(key)) return "";
    const [first] = this.#record.values.values();
    // An older one that had no place now has one, or the waiting state has.
    if (this.#items.size === 0 || (first !== undefined && first.born < this.#oldest())) return undefined;
    this.#exact = seq;
    return remove(this.#id(key));
  }

  #append(item: ShownItem): string {
    return append(this.#region.id, item.html) + item.evicted.map((gone) => remove(this.#id(gone))).join("");
  }

  #oldest(): number {
    const [first] = this.#items.values();
    return first?.born ?? 0;
  }

  #id(key: string): string {
    return itemId(this.#region.id, key);
  }
}

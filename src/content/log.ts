import type { Change, Entry, TopicRecord } from "../log/record.ts";
import { fill } from "../partial.ts";
import { itemId, type Region } from "../region.ts";
import { type Update, updateOf } from "../update.ts";
import type { Renderer } from "../widget.ts";
import type { HtmlContent, Part } from "./content.ts";
import { Window } from "./window.ts";

/** A log region: a window of items, to which each update adds one. */
export class LogContent implements HtmlContent {
  readonly region: Region;
  readers = 0;
  readonly #record: TopicRecord;
  readonly #renderer: Renderer;
  readonly #cursor: (seq: number) => string;
  readonly #window: Window;
  #noted: { change: Change; seq: number }[] = [];

  constructor(
    region: Region,
    record: TopicRecord,
    renderer: Renderer,
    cursor: (seq: number) => string,
    onError: (error: unknown) => void,
  ) {
    this.region = region;
    this.#record = record;
    this.#renderer = renderer;
    this.#cursor = cursor;
    this.#window = new Window(region, renderer.widget(region.topic), record, ({ key, data, at }) => {
      try {
        return renderer.fragment(region, { data, at, history: [], id: itemId(region.id, key) });
      } catch (error) {
        onError(error);
        return "";
      }
    });
  }

  get seq(): number {
    return this.#record.seq;
  }

  get ended(): boolean {
    return this.#record.ended > 0;
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

  take(): Update[] {
    const noted = this.#noted;
    this.#noted = [];
    const updates: Update[] = [];
    for (const { change, seq } of noted) {
      const data = this.#window.step(change, seq);
      if (data === undefined) {
        // The record already holds what the rest of `noted` tells of: one reset is all of it.
        this.#window.reset();
        return [updateOf(this.seq, this.#cursor(this.seq), this.reset().data)];
      }
      if (data !== "") updates.push(updateOf(seq, this.#cursor(seq), data));
    }
    return updates;
  }

  missed(since: number): Part[] | undefined {
    const data = this.#record.stale === null ? this.#window.missed(since) : undefined;
    if (data === undefined) return undefined;
    return data === "" ? [] : [{ seq: this.seq, data }];
  }

  reset(): Part {
    return { seq: this.seq, data: fill(this.region.id, this.html()) };
  }

  html(): string {
    const { stale } = this.#record;
    const notice = stale === null ? "" : this.#renderer.stale(this.region, stale.since, stale.reason);
    return this.#window.html() + notice || this.#renderer.waiting(this.region);
  }
}

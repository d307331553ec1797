import type { Change, TopicRecord, Value } from "../log/record.ts";
import { fill } from "../partial.ts";
import type { Region } from "../region.ts";
import { type Update, updateOf } from "../update.ts";
import type { Renderer } from "../widget.ts";
import type { HtmlContent } from "./content.ts";
import type { Piece } from "./piece.ts";

/** A state region: its newest value, which each update replaces. */
export class StateContent implements HtmlContent {
  readonly region: Region;
  readers = 0;
  readonly #record: TopicRecord;
  readonly #renderer: Renderer;
  readonly #cursor: (seq: number) => string;
  readonly #onError: (error: unknown) => void;
  #html: string;
  #noted = false;

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
    this.#onError = onError;
    this.#html = this.#render(renderer.waiting(region));
  }

  get seq(): number {
    return this.#record.seq;
  }

  get ended(): boolean {
    return this.#record.ended > 0;
  }

  apply(change: Change): boolean {
    if (change.kind !== "none" && change.kind !== "ended") this.#noted = true;
    return false; // coalesced: only the newest value of a frame is rendered
  }

  take(): Update[] {
    if (!this.#noted) return [];
    this.#noted = false;
    const html = this.#render(undefined);
    if (html === undefined) return []; // the region keeps its last good value, and the cursor moves on
    this.#html = html;
    return [updateOf(this.seq, this.#cursor(this.seq), fill(this.region.id, html))];
  }

  entries(): undefined {}

  next(): Piece {
    const { seq } = this;
    return { parts: [{ seq, data: fill(this.region.id, this.#html) }], progress: { seq, born: seq } };
  }

  html(): string {
    return this.#html;
  }

  #render<Fallback>(fallback: Fallback): string | Fallback {
    const { region } = this;
    const { stale } = this.#record;
    const values = [...this.#record.values.values()];
    const newest = values.pop();
    const notice = stale === null ? "" : this.#renderer.stale(region, stale.since, stale.reason);
    if (newest === undefined) return notice || this.#renderer.waiting(region);
    try {
      return this.#renderer.fragment(region, sightOf(newest, values)) + notice;
    } catch (error) {
      this.#onError(error);
      return fallback;
    }
  }
}

function sightOf(value: Value, history: Value[]) {
  return { data: value.data, history: history.map((earlier) => earlier.data), at: value.at };
}

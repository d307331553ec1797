import type { JsonText } from "../core/json.ts";
import { itemKey, itemName, type Region, regionOf } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Renderer } from "../core/widget.ts";
import type { Change, Entry, Stale, TopicRecord, Value } from "../log/record.ts";
import { type CatchUpPart, type Chunk, countFitting, type Progress } from "./chunk.ts";
import type { Content } from "./content.ts";
import { shownStale, staleJson } from "./stale.ts";
import { type Update, updateOf } from "./update.ts";

/**
 * A topic for programs that are not pages: the published JSON as named events.
 *
 * | event            | data                                                                  |
 * |------------------|-----------------------------------------------------------------------|
 * | `<topic>`        | the JSON as it was published                                          |
 * | `<topic>:item`   | `{"item", "data"}`: a named item, new or changed                      |
 * | `<topic>:remove` | `{"item"}`                                                            |
 * | `<topic>:clear`  | `null`                                                                |
 * | `<topic>:stale`  | `{"since", "reason"}`: what is there may be old                       |
 * | `<topic>:fresh`  | `null`: it is still so, and stale no more                             |
 * | `<topic>:end`    | `null`: nothing more will come                                        |
 * | `<topic>:reset`  | `{"values": [{"item"?, "data"}]}`: you missed something; this is all, |
 * |                  | or of a long list its beginning, and the others follow as published   |
 */
export class JsonContent implements Content {
  readonly region: Region;
  groupCount = 0;
  readonly #topic: Topic;
  readonly #record: TopicRecord;
  readonly #cursor: (seq: number) => string;
  /** Of a state topic, readers are sent the newest value only. */
  readonly #coalesced: boolean;
  readonly #staleAfterMs: number | undefined;
  #pending: CatchUpPart[] = [];
  /** Each value's `data`, made once: a reader that takes a long list in chunks goes through all values at each chunk. */
  #texts = new WeakMap<Value, string>();

  constructor(topic: Topic, record: TopicRecord, renderer: Renderer, cursor: (seq: number) => string) {
    this.region = regionOf(topic);
    this.#topic = topic;
    this.#record = record;
    this.#coalesced = renderer.widget(topic).kind === "state";
    this.#staleAfterMs = renderer.staleAfterMs(topic);
    this.#cursor = cursor;
  }

  get seq(): number {
    return Math.max(this.#record.seq, this.#record.ended);
  }

  get ended(): boolean {
    return this.#record.ended > 0;
  }

  apply(_change: Change, entry: Entry): boolean {
    if (entry.op === "stale" && this.#stale === null) return false;
    if (this.#coalesced && entry.op === "publish") this.#pending = [];
    this.#pending.push(this.#entryPart(entry));
    return !this.#coalesced;
  }

  takeUpdates(): Update[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending.map(({ seq, event, data }) => updateOf(seq, this.#cursor(seq), data, event));
  }

  entriesSince(since: number): CatchUpPart[] | undefined {
    const parts = this.#coalesced ? this.#newestSince(since) : this.#addedSince(since);
    return parts && [...parts, ...this.#endSince(since)];
  }

  nextChunk(progress: Progress | undefined): Chunk {
    const { seq } = this;
    const [newest] = (this.#coalesced && this.#newestSince(-1)) || [];
    // A state's newest value is all there is.
    if (newest !== undefined) return { parts: [newest, ...this.#endSince(-1)], progress: { seq, itemsUpTo: seq } };
    const values = [...this.#record.values.values()];
    const itemsUpTo = progress !== undefined && progress.seq >= this.#record.lastRewrite ? progress.itemsUpTo : -1;
    const had = values.filter(({ createdSeq }) => createdSeq <= itemsUpTo).length;
    const lacking = values.slice(had);
    const some = lacking.slice(0, countFitting(lacking.map((value) => this.#text(value))));
    const more = some.length < lacking.length;
    const parts = had === 0 ? [this.#resetPart(some)] : some.map((value) => this.#valuePart(value));
    if (more) return { parts, progress: { seq, itemsUpTo: some.at(-1)!.createdSeq } };
    return { parts: [...parts, ...this.#stalePart(), ...this.#endSince(-1)], progress: { seq, itemsUpTo: seq } };
  }

  /** The `:end` event, if the topic has ended after `since`, and was not published to since then. It is always the last. */
  #endSince(since: number): CatchUpPart[] {
    const { ended, values } = this.#record;
    const last = ended > Math.max(since, 0) && [...values.values()].every(({ seq }) => seq < ended);
    return last ? [{ seq: ended, event: `${this.#topic}:end`, data: "null" }] : [];
  }

  get #stale(): Stale | null {
    return shownStale(this.#record, this.#staleAfterMs);
  }

  /** The `:stale` event, if the topic is stale. */
  #stalePart(): CatchUpPart[] {
    const stale = this.#stale;
    return stale === null ? [] : [this.#noticePart(this.seq, stale)];
  }

  #noticePart(seq: number, stale: Stale): CatchUpPart {
    return { seq, event: `${this.#topic}:stale`, data: JSON.stringify(staleJson(stale)) };
  }

  #resetPart(values: readonly Value[]): CatchUpPart {
    const listed = values.map((value) => (isNamed(value.key) ? this.#text(value) : `{"data":${this.#text(value)}}`));
    return { seq: this.seq, event: `${this.#topic}:reset`, data: `{"values":[${listed.join()}]}` };
  }

  /** Of a state topic. @returns undefined where a reset is needed, since a value alone cannot say it: emptied, or stale */
  #newestSince(since: number): CatchUpPart[] | undefined {
    const newest = [...this.#record.values.values()].at(-1);
    if (this.#record.seq <= since) return [];
    if (newest === undefined || this.#stale !== null) return undefined;
    // Not the value's own seq, where a notice was taken away since.
    return [{ seq: this.#record.seq, event: this.#topic, data: this.#text(newest) }];
  }

  /** Of a list. @returns undefined where more has happened than that values were added, or which were evicted is not known */
  #addedSince(since: number): CatchUpPart[] | undefined {
    const values = [...this.#record.values.values()];
    const evicting = values.some(({ evicted }) => evicted.length > 0);
    if (since < this.#record.lastRewrite || (evicting && since < values[0]!.createdSeq)) return undefined;
    return values.filter(({ createdSeq }) => createdSeq > since).map((value) => this.#valuePart(value));
  }

  #valuePart(value: Value): CatchUpPart {
    return { seq: value.createdSeq, event: this.#eventName(value.key), data: this.#text(value) };
  }

  #text(value: Value): string {
    const text = this.#texts.get(value) ?? textOf(value.key, value.json);
    this.#texts.set(value, text);
    return text;
  }

  #eventName(key: string): string {
    return isNamed(key) ? `${this.#topic}:item` : this.#topic;
  }

  #entryPart(entry: Entry): CatchUpPart {
    const { seq } = entry;
    if (entry.op === "publish") {
      const key = entry.item === undefined ? "" : itemKey(entry.item);
      return { seq, event: this.#eventName(key), data: textOf(key, entry.json) };
    }
    if (entry.op === "stale") return this.#noticePart(seq, this.#record.stale!);
    const name = entry.op === "touch" ? "fresh" : entry.op;
    const data = entry.op === "remove" ? { item: entry.item } : null;
    return { seq, event: `${this.#topic}:${name}`, data: JSON.stringify(data) };
  }
}

const isNamed = (key: string) => itemName(key) !== undefined;

function textOf(key: string, { text }: JsonText): string {
  const item = itemName(key);
  return item === undefined ? text : `{"item":${JSON.stringify(item)},"data":${text}}`;
}

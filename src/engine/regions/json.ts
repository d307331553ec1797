import type { JsonText } from "../core/json.ts";
import { type Region, regionOf } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Change, Entry, TopicRecord, Value } from "../log/record.ts";
import { type CatchUpPart, type Chunk, fitting, type Progress } from "./chunk.ts";
import type { Content } from "./content.ts";
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
 * | `<topic>:stale`  | `{"since", "reason"}`: nothing will bring the next value              |
 * | `<topic>:end`    | `null`: nothing more will come                                        |
 * | `<topic>:reset`  | `{"values": [{"item"?, "data"}]}`: you missed something; this is all, |
 * |                  | or of a long list its beginning, and the others follow as published   |
 */
export class JsonContent implements Content {
  readonly region: Region;
  readers = 0;
  readonly #topic: Topic;
  readonly #record: TopicRecord;
  readonly #cursor: (seq: number) => string;
  /** A state's readers want its newest value only. */
  readonly #coalesced: boolean;
  #noted: CatchUpPart[] = [];
  /** A reader that takes them a few at a time asks for all of them each time. */
  #texts = new WeakMap<Value, string>();

  constructor(topic: Topic, record: TopicRecord, coalesced: boolean, cursor: (seq: number) => string) {
    this.region = regionOf(topic);
    this.#topic = topic;
    this.#record = record;
    this.#coalesced = coalesced;
    this.#cursor = cursor;
  }

  get seq(): number {
    return Math.max(this.#record.seq, this.#record.ended);
  }

  get ended(): boolean {
    return this.#record.ended > 0;
  }

  apply(change: Change, entry: Entry): boolean {
    if (change.kind === "none") return false;
    if (this.#coalesced && entry.op === "publish") this.#noted = [];
    this.#noted.push(this.#part(entry));
    return !this.#coalesced;
  }

  take(): Update[] {
    const noted = this.#noted;
    this.#noted = [];
    return noted.map(({ seq, event, data }) => updateOf(seq, this.#cursor(seq), data, event));
  }

  entries(since: number): CatchUpPart[] | undefined {
    const parts = this.#coalesced ? this.#newest(since) : this.#births(since);
    return parts && [...parts, ...this.#ends(since)];
  }

  next(progress: Progress | undefined): Chunk {
    const { seq } = this;
    const [newest] = (this.#coalesced && this.#newest(-1)) || [];
    // A state's newest value is all there is.
    if (newest !== undefined) return { parts: [newest, ...this.#ends(-1)], progress: { seq, born: seq } };
    const values = [...this.#record.values.values()];
    const resume = progress !== undefined && progress.seq >= this.#record.disturbed ? progress.born : -1;
    const had = values.filter(({ born }) => born <= resume).length;
    const lacking = values.slice(had);
    const some = lacking.slice(0, fitting(lacking.map((value) => this.#text(value))));
    const more = some.length < lacking.length;
    const parts = had === 0 ? [this.#reset(some)] : some.map((value) => this.#born(value));
    if (more) return { parts, progress: { seq, born: some.at(-1)!.born } };
    return { parts: [...parts, ...this.#stale(), ...this.#ends(-1)], progress: { seq, born: seq } };
  }

  /** That nothing will come, said last: what comes takes it back. */
  #ends(since: number): CatchUpPart[] {
    const { ended, values } = this.#record;
    const last = ended > Math.max(since, 0) && [...values.values()].every(({ seq }) => seq < ended);
    return last ? [{ seq: ended, event: `${this.#topic}:end`, data: "null" }] : [];
  }

  #stale(): CatchUpPart[] {
    const { stale } = this.#record;
    return stale === null
      ? []
      : [{ seq: this.seq, event: `${this.#topic}:stale`, data: staleText(stale.since, stale.reason) }];
  }

  #reset(values: readonly Value[]): CatchUpPart {
    const listed = values.map((value) => (isNamed(value.key) ? this.#text(value) : `{"data":${this.#text(value)}}`));
    return { seq: this.seq, event: `${this.#topic}:reset`, data: `{"values":[${listed.join()}]}` };
  }

  #newest(since: number): CatchUpPart[] | undefined {
    const newest = [...this.#record.values.values()].at(-1);
    if (this.#record.seq <= since) return [];
    if (newest === undefined || this.#record.stale !== null) return undefined;
    return [{ seq: newest.seq, event: this.#topic, data: this.#text(newest) }];
  }

  #births(since: number): CatchUpPart[] | undefined {
    const values = [...this.#record.values.values()];
    const evicting = values.some(({ evicted }) => evicted.length > 0);
    if (since < this.#record.disturbed || (evicting && since < values[0]!.born)) return undefined;
    return values.filter(({ born }) => born > since).map((value) => this.#born(value));
  }

  #born(value: Value): CatchUpPart {
    return { seq: value.born, event: this.#name(value.key), data: this.#text(value) };
  }

  #text(value: Value): string {
    const text = this.#texts.get(value) ?? textOf(value.key, value.json);
    this.#texts.set(value, text);
    return text;
  }

  #name(key: string): string {
    return isNamed(key) ? `${this.#topic}:item` : this.#topic;
  }

  #part(entry: Entry): CatchUpPart {
    const { seq } = entry;
    if (entry.op === "publish") {
      const key = entry.item === undefined ? "" : `=${entry.item}`;
      return { seq, event: this.#name(key), data: textOf(key, entry.json) };
    }
    const data = entry.op === "remove" ? { item: entry.item } : null;
    const text = entry.op === "stale" ? staleText(entry.at, entry.reason) : JSON.stringify(data);
    return { seq, event: `${this.#topic}:${entry.op}`, data: text };
  }
}

const isNamed = (key: string) => key.startsWith("=");

function textOf(key: string, { text }: JsonText): string {
  return isNamed(key) ? `{"item":${JSON.stringify(key.slice(1))},"data":${text}}` : text;
}

function staleText(since: number, reason: string): string {
  return JSON.stringify({ since: new Date(since).toISOString(), reason });
}

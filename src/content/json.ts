import type { Change, Entry, Json, TopicRecord } from "../log/record.ts";
import { type Region, regionOf } from "../region.ts";
import type { Topic } from "../topic.ts";
import { type Update, updateOf } from "../update.ts";
import type { Content, Part } from "./content.ts";

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
 * | `<topic>:reset`  | `{"values": [{"item"?, "data"}]}`: you missed something; this is all  |
 */
export class JsonContent implements Content {
  readonly region: Region;
  readers = 0;
  readonly #topic: Topic;
  readonly #record: TopicRecord;
  readonly #cursor: (seq: number) => string;
  /** A state's readers want its newest value only. */
  readonly #coalesced: boolean;
  #noted: Part[] = [];

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

  missed(since: number): Part[] | undefined {
    const values = [...this.#record.values.values()];
    const parts = this.#coalesced ? this.#newest(since) : this.#births(since);
    const { ended } = this.#record;
    if (parts !== undefined && ended > since && values.every(({ seq }) => seq < ended)) {
      parts.push({ seq: ended, event: `${this.#topic}:end`, data: "null" });
    }
    return parts;
  }

  reset(): Part {
    const [newest] = this.#newest(-1) ?? [];
    if (this.#coalesced && newest !== undefined) return newest; // a state's newest value is all there is
    const values = [...this.#record.values.values()].map(({ key, data }) => named(key, data));
    return { seq: this.seq, event: `${this.#topic}:reset`, data: JSON.stringify({ values }) };
  }

  #newest(since: number): Part[] | undefined {
    const newest = [...this.#record.values.values()].at(-1);
    if (this.#record.seq <= since) return [];
    if (newest === undefined || this.#record.stale !== null) return undefined;
    return [{ seq: newest.seq, event: this.#topic, data: JSON.stringify(newest.data) }];
  }

  #births(since: number): Part[] | undefined {
    const values = [...this.#record.values.values()];
    const evicting = values.some(({ evicted }) => evicted.length > 0);
    if (since < this.#record.disturbed || (evicting && since < values[0]!.born)) return undefined;
    return values.filter(({ born }) => born > since).map(({ key, born, data }) => this.#published(key, born, data));
  }

  #part(entry: Entry): Part {
    const { seq } = entry;
    if (entry.op === "publish") {
      return this.#published(entry.item === undefined ? "" : `=${entry.item}`, seq, entry.data);
    }
    const data = entry.op === "remove" ? { item: entry.item } : entry.op === "stale" ? staleData(entry) : null;
    return { seq, event: `${this.#topic}:${entry.op}`, data: JSON.stringify(data) };
  }

  #published(key: string, seq: number, data: Json): Part {
    if (!key.startsWith("=")) return { seq, event: this.#topic, data: JSON.stringify(data) };
    return { seq, event: `${this.#topic}:item`, data: JSON.stringify(named(key, data)) };
  }
}

function named(key: string, data: Json): { item?: string; data: Json } {
  return key.startsWith("=") ? { item: key.slice(1), data } : { data };
}

function staleData({ at, reason }: Entry & { op: "stale" }) {
  return { since: new Date(at).toISOString(), reason };
}

import type { JsonText } from "../core/json.ts";
import type { ItemName, Topic } from "../core/topic.ts";

/** What a topic of a family is bound by, since anyone may make up another one. */
export interface Bounds {
  /** So long after its last change it is emptied. */
  readonly lifeMs: number;
  /** Of more than so many that show something, the one that has not changed for longest is emptied. */
  readonly most: number;
}

/** What is appended: one change of one topic. */
export type Draft = { topic: Topic } & (
  | {
      op: "publish";
      json: JsonText;
      item?: ItemName | undefined;
      /** How many values of the topic stay: a log's items, or a state's newest value and its history. */
      retain: number;
      /** From now on; by default what it was bound by before, else what any topic of a family is. */
      bounds?: Bounds | undefined;
      /** Where the topic's source has got to with it. */
      place?: string | undefined;
    }
  | { op: "remove"; item: ItemName }
  | { op: "clear" }
  /** Nothing more will come, until the next publish. */
  | { op: "end" }
  /** What would publish the next value is gone; `reason` is a sentence for visitors. */
  | { op: "stale"; reason: string }
  /** Somebody looks at it: what it shows counts as changed now, and shows no change. */
  | { op: "touch"; place?: string | undefined }
);

/** A draft that the log has accepted. `seq` ascends over all topics, with holes; `at` is milliseconds since 1970. */
export type Entry = Draft & { readonly seq: number; readonly at: number };

export interface Value {
  /** `=name` where the item is named, else the seq at which it was born. */
  readonly key: string;
  readonly createdSeq: number;
  /** Its last change. */
  readonly seq: number;
  readonly at: number;
  readonly json: JsonText;
  /** The keys of the values that had to go when it was born. */
  readonly evicted: readonly string[];
}

/** What a log knows of one topic now: all that a fresh page needs. */
export interface TopicRecord {
  /** The last change of what the topic shows; 0 if there never was one. */
  seq: number;
  /** The last change that was anything but the birth of one more value. */
  lastRewrite: number;
  /**
   * The last change of what the topic holds: of its values a publish, or a removal of one that was there. 0 where it holds
   * none. No notice, end or touch changes it.
   */
  lastValueChange: number;
  /** Where the topic ended, or 0. */
  ended: number;
  stale: { readonly since: number; readonly reason: string } | null;
  /** Where the topic's source has got to in what it reads. */
  place?: string | undefined;
  /** By key, in order of birth. */
  values: Map<string, Value>;
}

/** @param seq where a log that has forgotten topics forgot the last one: whoever reads from before it is reset */
export function emptyRecord(seq = 0): TopicRecord {
  return { seq, lastRewrite: seq, lastValueChange: 0, ended: 0, stale: null, values: new Map() };
}

export function copyRecord(record: TopicRecord): TopicRecord {
  return { ...record, values: new Map(record.values) };
}

/** How a topic, or one item of it, stands in which log: `<log>-<seq>`. */
export type Version = `${string}-${number}`;

/**
 * - Of an item, the seq of its value; 0 where there is none: it was never published, or removed, cleared or evicted since.
 * - Of a topic, the seq of the last change of its values: for a state the publish of its newest value, for a list the last
 *   publish or removal of any item. 0 where it holds none: what was never published and what was emptied are the same.
 *
 * A publish has a seq that was never given before. So what was emptied and published to again never has a version that it
 * had before, whatever its value.
 */
export function versionOf(log: string, record: TopicRecord | undefined, item?: ItemName): Version {
  const seq = item === undefined ? record?.lastValueChange : record?.values.get(`=${item}`)?.seq;
  return `${log}-${seq ?? 0}`;
}

/** Whether it tells a fresh page nothing. Only older readers need it still, to be reset. */
export function isBlank({ values, ended, stale }: TopicRecord): boolean {
  return values.size === 0 && ended === 0 && stale === null;
}

/** What an entry did to a record. `reset`: more than one value can tell. `none`: nothing that shows. */
export type Change =
  | { kind: "added"; value: Value }
  | { kind: "replaced"; value: Value }
  | { kind: "removed"; key: string }
  | { kind: "reset" | "ended" | "none" };

/** Applies an entry to a record in place. Every log and every node folds alike, so that all agree on what a page shows. */
export function fold(record: TopicRecord, entry: Entry): Change {
  const change = apply(record, entry);
  if ("place" in entry && entry.place !== undefined) record.place = entry.place;
  if (change.kind === "none" || change.kind === "ended") return change;
  record.seq = entry.seq;
  if (record.values.size === 0) record.lastValueChange = 0;
  else if (entry.op !== "stale") record.lastValueChange = entry.seq;
  if (change.kind !== "added") record.lastRewrite = entry.seq;
  return change;
}

function apply(record: TopicRecord, entry: Entry): Change {
  switch (entry.op) {
    case "publish": {
      // The first value after a notice also takes that away, so that it is no mere birth.
      const stale = record.stale !== null;
      const change = put(record, entry);
      record.ended = 0;
      record.stale = null;
      return stale ? { kind: "reset" } : change;
    }
    case "remove": {
      const key = `=${entry.item}`;
      if (!record.values.delete(key)) return { kind: "none" };
      return record.values.size === 0 ? { kind: "reset" } : { kind: "removed", key };
    }
    case "clear":
      record.values.clear();
      record.stale = null;
      record.ended = 0;
      return { kind: "reset" };
    case "end":
      record.ended = entry.seq;
      return { kind: "ended" };
    case "stale":
      record.stale = { since: entry.at, reason: entry.reason };
      return { kind: "reset" };
    case "touch":
      return { kind: "none" };
  }
}

function put(record: TopicRecord, { seq, at, json, item, retain }: Entry & { op: "publish" }): Change {
  const { values } = record;
  const key = item === undefined ? String(seq) : `=${item}`;
  const old = values.get(key);
  if (old !== undefined) {
    const value = { ...old, seq, at, json };
    values.set(key, value); // a key that is there keeps its place: lists are ordered by birth
    return { kind: "replaced", value };
  }
  const evicted: string[] = [];
  for (const oldest of values.keys()) {
    if (values.size - evicted.length < retain) break;
    evicted.push(oldest);
  }
  for (const oldest of evicted) values.delete(oldest);
  const value = { key, createdSeq: seq, seq, at, json, evicted };
  values.set(key, value);
  return { kind: "added", value };
}

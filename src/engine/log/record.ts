import type { JsonText } from "../core/json.ts";
import { itemKey } from "../core/region.ts";
import type { ItemName, Topic } from "../core/topic.ts";

/** How long the topics of a family are kept, and how many: strangers can make up as many as they like. */
export interface Bounds {
  /** A topic is emptied so long after its last change. */
  readonly maxAgeMs: number;
  /** Of more topics than this that show something, those that have not changed for longest are emptied. */
  readonly maxCount: number;
}

/** One change of one topic, to be appended. */
export type Draft = { topic: Topic } & (
  | {
      op: "publish";
      json: JsonText;
      item?: ItemName | undefined;
      /** How many values of the topic stay: a log's items, or a state's newest value and its history. */
      retain: number;
      /** The topic's bounds from now on. By default those that it has, and at first `FAMILY_BOUNDS`. */
      bounds?: Bounds | undefined;
      /** How far the topic's source has read in its input, this value included. Only the source knows what it means. */
      checkpoint?: string | undefined;
    }
  | { op: "remove"; item: ItemName }
  | { op: "clear" }
  /** The topic has ended: nothing more will come, until the next publish. */
  | { op: "end" }
  /** No new value can come just now; `reason` is a sentence for visitors. The next publish takes it back. */
  | { op: "stale"; reason: string; quietMs?: undefined }
  /**
   * The same, where all that is known is that nothing new has come for so long. It is appended only if that is so by the log's
   * own clock (see `overdueAt`): of many nodes that ask for it one does it, and a publish just before it is not overlooked.
   */
  | { op: "stale"; reason: ""; quietMs: number }
  /**
   * Shows no change, and counts as one for the topic's age, so that a topic which someone looks at is not removed as too old.
   */
  | {
      op: "touch";
      checkpoint?: string | undefined;
      /** What the topic holds was looked up, and is still so: it is stale no more. */
      confirms?: boolean | undefined;
    }
);

/** A draft that was appended. Its `seq` is its place in the one order over all topics; `at` is milliseconds since 1970. */
export type Entry = Draft & { readonly seq: number; readonly at: number };

/** One value that a topic holds: the newest of a state, one of its history, or an item of a list. */
export interface Value {
  /** `=name` where the item is named, else its `createdSeq`. */
  readonly key: string;
  /**
   * The seq of the publish that created it. It does not change when a named item is replaced, and gives the order of a list.
   */
  readonly createdSeq: number;
  /** The seq of its last change. */
  readonly seq: number;
  /** When that was, in milliseconds since 1970. */
  readonly at: number;
  readonly json: JsonText;
  /** The keys of the values that were removed to make room for it when it was created. */
  readonly evicted: readonly string[];
}

/** Since when, in milliseconds since 1970, and why a topic has no new value. */
export interface Stale {
  readonly since: number;
  /** A sentence for visitors; "" where nobody knows more than that none came. */
  readonly reason: string;
  /** How long nothing had come, where that is all that is known: see `quietMs` of a draft. */
  readonly quietMs?: number;
}

/** What a log knows of one topic now: all that a fresh page needs. The first four numbers are seqs of entries. */
export interface TopicRecord {
  /** The last change of what pages show of the topic: its values, or that it is stale. 0 if there never was one. */
  seq: number;
  /**
   * The last such change that did more than add a value: since then the topic has only grown, and evicted its oldest values.
   */
  lastRewrite: number;
  /**
   * The last change of its values: a publish, or the removal of one that was there. 0 where it holds none. That the topic is
   * stale, has ended or was touched does not change it.
   */
  lastValueChange: number;
  /** Where the topic was last said to have ended; 0 if it has not. */
  ended: number;
  /** Null where nothing is wrong. */
  stale: Stale | null;
  /** When it was last published to, or its value last confirmed, in milliseconds since 1970 by the log's clock; 0 if never. */
  confirmedAt: number;
  /** How far the topic's source has read in its input; undefined for sources that keep no checkpoints. */
  checkpoint?: string | undefined;
  /** By key, in order of creation. */
  values: Map<string, Value>;
}

/** @param seq that of the newest topic which the log has forgotten: a reader that was away since before then is reset */
export function emptyRecord(seq = 0): TopicRecord {
  return { seq, lastRewrite: seq, lastValueChange: 0, ended: 0, stale: null, confirmedAt: 0, values: new Map() };
}

export function copyRecord(record: TopicRecord): TopicRecord {
  return { ...record, values: new Map(record.values) };
}

/** The version of a topic, or of one item of it, to tell later whether it has changed: `<log id>-<seq>`. */
export type Version = `${string}-${number}`;

/**
 * The seq of a version is
 * - of an item, the seq of its value; 0 where there is none: it was never published, or removed, cleared or evicted since.
 * - of a topic, the seq of the last change of its values: for a state the publish of its newest value, for a list the last
 *   publish or removal of any item. 0 where it holds none: what was never published and what was emptied are the same.
 *
 * A publish has a seq that was never given before. So what was emptied and published to again never has a version that it
 * had before, whatever its value.
 */
export function versionOf(log: string, record: TopicRecord | undefined, item?: ItemName): Version {
  const seq = item === undefined ? record?.lastValueChange : record?.values.get(itemKey(item))?.seq;
  return `${log}-${seq ?? 0}`;
}

/** Whether a fresh page would show nothing of it. Then it is only kept for readers that were away, to be reset. */
export function isBlank({ values, ended, stale }: TopicRecord): boolean {
  return values.size === 0 && ended === 0 && stale === null;
}

/** `confirmedAt` of a topic that an older version has published to, which did not keep it: the time of its newest value. */
export function publishedAt(values: TopicRecord["values"]): number {
  return [...values.values()].at(-1)?.at ?? 0;
}

/**
 * When a topic becomes one that nothing new has come to for `quietMs`; never (Infinity) where it holds nothing, has ended, or is
 * known to be stale already: for a reason, or for a quiet that was as long.
 */
export function overdueAt({ values, ended, stale, confirmedAt }: TopicRecord, quietMs: number): number {
  const known = stale !== null && (stale.quietMs ?? Number.POSITIVE_INFINITY) >= quietMs;
  return values.size === 0 || ended > 0 || known ? Number.POSITIVE_INFINITY : confirmedAt + quietMs;
}

/**
 * What an entry did to a record. `added`: one more value, and the oldest may have been evicted. `reset`: something that can
 * only be shown by rendering all of it.
 */
export type Change =
  | { kind: "added"; value: Value }
  | { kind: "replaced"; value: Value }
  | { kind: "removed"; key: string }
  | { kind: "reset" | "ended" };

/**
 * Applies an entry to a record, which it changes. All logs and nodes do it alike (Redis in Lua), so that all show the same.
 * @returns undefined where nothing of it shows
 */
export function fold(record: TopicRecord, entry: Entry): Change | undefined {
  const change = apply(record, entry);
  if ("checkpoint" in entry && entry.checkpoint !== undefined) record.checkpoint = entry.checkpoint;
  if (change === undefined || change.kind === "ended") return change;
  record.seq = entry.seq;
  if (record.values.size === 0) record.lastValueChange = 0;
  else if (entry.op === "publish" || entry.op === "remove") record.lastValueChange = entry.seq;
  if (change.kind !== "added") record.lastRewrite = entry.seq;
  return change;
}

function apply(record: TopicRecord, entry: Entry): Change | undefined {
  switch (entry.op) {
    case "publish": {
      // The first value after the topic was stale also takes that notice away, so that it is more than one added value.
      const stale = record.stale !== null;
      const change = put(record, entry);
      record.ended = 0;
      record.stale = null;
      record.confirmedAt = entry.at;
      return stale ? { kind: "reset" } : change;
    }
    case "remove": {
      const key = itemKey(entry.item);
      if (!record.values.delete(key)) return undefined;
      return record.values.size === 0 ? { kind: "reset" } : { kind: "removed", key };
    }
    case "clear":
      record.values.clear();
      record.stale = null;
      record.ended = 0;
      return { kind: "reset" };
    case "end":
      record.ended = entry.seq;
      // From now on nothing new is waited for.
      if (record.stale?.quietMs === undefined) return { kind: "ended" };
      record.stale = null;
      return { kind: "reset" };
    case "stale": {
      const { at, reason, quietMs } = entry;
      record.stale = quietMs === undefined ? { since: at, reason } : { since: record.confirmedAt, reason, quietMs };
      return { kind: "reset" };
    }
    case "touch":
      if (entry.confirms !== true || isBlank(record)) return undefined;
      record.confirmedAt = entry.at;
      if (record.stale === null) return undefined;
      record.stale = null;
      return { kind: "reset" };
  }
}

function put(record: TopicRecord, { seq, at, json, item, retain }: Entry & { op: "publish" }): Change {
  const { values } = record;
  const key = item === undefined ? String(seq) : itemKey(item);
  const old = values.get(key);
  if (old !== undefined) {
    const value = { ...old, seq, at, json };
    values.set(key, value); // a Map keeps the place of a key that is there: the order stays that of creation
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

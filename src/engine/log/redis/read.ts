import { JsonText } from "../../core/json.ts";
import type { ItemName, Topic } from "../../core/topic.ts";
import { type Entry, emptyRecord, publishedAt, type Stale, type TopicRecord, type Value } from "../record.ts";
import type { RedisLink } from "./link.ts";
import { ENTRIES, LOG, PREFIX, RedisScript } from "./script.ts";
import { newerVersion } from "./server.ts";

/** A topic's record, and the id of the log that it is from, in one step. append-script.ts says what is stored where. */
const read = new RedisScript(`
#!lua flags=no-writes
local log = redis.call('HMGET', '${LOG}', 'id', 'forgotten')
local fields = { 'seq', 'disturbed', 'ended', 'stale', 'place', 'changed', 'quiet', 'confirmed', 'eased' }
return {
  log[1], log[2] or '0', redis.call('TIME'),
  redis.call('HMGET', '${PREFIX}topic:' .. ARGV[1], unpack(fields)),
  redis.call('ZRANGE', '${PREFIX}births:' .. ARGV[1], 0, -1),
  redis.call('HGETALL', '${PREFIX}values:' .. ARGV[1]),
}
`);

type Meta =
  | readonly [
      seq: string,
      disturbed: string,
      ended: string,
      stale: string,
      place: string | null,
      changed: string | null,
      quiet: string | null,
      confirmed: string | null,
      eased: string | null,
    ]
  | readonly [null];
type Found = readonly [
  id: string | null,
  forgotten: string,
  time: readonly [seconds: string, microseconds: string],
  meta: Meta,
  births: string[],
  values: string[],
];

/** What was read, and at what time by Redis' clock, in milliseconds since 1970. */
export interface ReadRecord {
  /** The log's. */
  readonly id: string | null;
  readonly record: TopicRecord;
  readonly at: number;
}

export async function readRecord(link: RedisLink, topic: Topic): Promise<ReadRecord> {
  const [id, forgotten, [seconds, microseconds], meta, births, values] = (await read.run(link, [topic])) as Found;
  const at = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  const record = emptyRecord(Number(forgotten));
  if (meta[0] === null) return { id, record, at };
  const [seq, disturbed, ended, stale, place, changed, quiet, confirmed, eased] = meta;
  // As `lastChange` in append-script.ts.
  const lastValueChange = Number(stale === "" && seq !== eased ? seq : (changed ?? seq));
  Object.assign(record, {
    seq: Number(seq),
    lastRewrite: Number(disturbed),
    lastValueChange: births.length === 0 ? 0 : lastValueChange,
    ended: Number(ended),
    stale: staleFrom(stale, quiet),
    ...(place !== null && { checkpoint: place }),
  });
  const texts = new Map<string, string>();
  for (let i = 0; i < values.length; i += 2) texts.set(values[i]!, values[i + 1]!);
  for (const key of births) record.values.set(key, valueFrom(key, texts.get(key)!));
  record.confirmedAt = Math.max(Number(confirmed ?? 0), publishedAt(record.values));
  return { id, record, at };
}

function staleFrom(text: string, quiet: string | null): Stale | null {
  if (text === "") return null;
  const space = text.indexOf(" ");
  const stale = { since: Number(text.slice(0, space)), reason: text.slice(space + 1) };
  // As `quietOf` in append-script.ts.
  return stale.reason !== "" || quiet === null || quiet === "" ? stale : { ...stale, quietMs: Number(quiet) };
}

function valueFrom(key: string, text: string): Value {
  const [numbers, evicted, json] = text.split("\n") as [string, string, string]; // JSON holds no bare line break
  const [createdSeq, seq, at] = numbers.split(" ").map(Number) as [number, number, number];
  return { key, createdSeq, seq, at, json: new JsonText(json), evicted: JSON.parse(evicted) };
}

/** An entry as it was read from the stream. */
export interface ReadEntry {
  /** The id that the log had when it was appended. */
  readonly log: string;
  readonly entry: Entry;
}

/**
 * The entries after a seq, at most 200. Waits up to `ms` for the first one, and gives none if none comes.
 * @throws Error where a newer version has written one
 */
export async function readEntries(link: RedisLink, after: number, ms: number): Promise<ReadEntry[]> {
  const from = { key: ENTRIES, id: `${after}-0` };
  const found = await link.ask((client) => client.xRead(from, { BLOCK: ms, COUNT: 200 }));
  const [stream] = (found ?? []) as { messages: { id: string; message: Record<string, string> }[] }[];
  return (stream?.messages ?? []).map(({ id, message }) => readFrom(Number.parseInt(id, 10), message));
}

function readFrom(seq: number, { log, at, op, topic, item, retain, body, place }: Record<string, string>): ReadEntry {
  const about = { topic: topic as Topic, seq, at: Number(at) };
  const name = (item ?? "").slice(1) as ItemName;
  const checkpoint = place === undefined || place === "" ? {} : { checkpoint: place };
  return { log: log!, entry: entryOf() };

  function entryOf(): Entry {
    switch (op) {
      case "publish": {
        const named = name === "" ? {} : { item: name };
        return { op, ...about, json: new JsonText(body!), ...named, retain: Number(retain), ...checkpoint };
      }
      case "remove":
        return { op, ...about, item: name };
      case "stale":
        return retain === "" ? { op, ...about, reason: body! } : { op, ...about, reason: "", quietMs: Number(retain) };
      case "touch":
        return { op, ...about, ...checkpoint, ...(body === "confirms" && { confirms: true }) };
      case "clear":
      case "end":
        return { op, ...about };
      default:
        throw newerVersion();
    }
  }
}

import { JsonText } from "../../core/json.ts";
import type { Topic } from "../../core/topic.ts";
import type { Queue } from "../bounds.ts";
import { publishedAt, type Value } from "../record.ts";
import type { QueuePlace, StoredTopic, Transaction } from "../transaction.ts";

/**
 * A key of the database:
 *
 *     about, secret                 see environment.ts
 *     head                          the seq of the last entry, the highest seq forgotten, the time
 *     topic, <topic>                its record without the values
 *     value, <topic>, <createdSeq>  one value; a range over them gives a topic's values in order
 *     key, <name>                   the answer to an idempotency key
 *     place, <queue>, <at>, <name>  a place in an expiry queue; no value
 *     size, <queue>                 how many there are in it
 *
 * Each value has its own key, so that an append writes what has changed, and not all that the topic holds.
 */
export type Key = (string | number)[];

/** A key and the text to put there; without a text the key is removed. */
export type Write = readonly [key: Key, text: string | undefined];

export const HEAD: Key = ["head"];
export const topicKey = (topic: Topic): Key => ["topic", topic];
export const answerKey = (name: string): Key => ["key", name];
const valueKey = (topic: Topic, createdSeq: number): Key => ["value", topic, createdSeq];
export const placeKey = ({ queue, at, name }: QueuePlace): Key => ["place", queue, at, name];
export const sizeKey = (queue: Queue): Key => ["size", queue];
/** The sizes of all queues. */
export const SIZES = { start: ["size", ""], end: ["size", "\uffff"] } satisfies { start: Key; end: Key };

export function valuesOf(topic: Topic): { start: Key; end: Key } {
  return { start: valueKey(topic, 0), end: valueKey(topic, Number.MAX_SAFE_INTEGER) };
}

export function placesIn(queue: Queue, until: number): { start: Key; end: Key } {
  return { start: ["place", queue, 0], end: ["place", queue, until + 1] };
}

/** What a transaction writes. */
export function writesOf(transaction: Transaction): Write[] {
  const { head, forgottenTo, at } = transaction;
  const writes: Write[] = [[HEAD, JSON.stringify({ head, forgottenTo, at })]];
  for (const place of transaction.left) writes.push([placeKey(place), undefined]);
  for (const place of transaction.joined) writes.push([placeKey(place), ""]);
  for (const [queue, size] of transaction.queues) writes.push([sizeKey(queue), size === 0 ? undefined : String(size)]);
  for (const [name, { after }] of transaction.answers) writes.push([answerKey(name), after && JSON.stringify(after)]);
  for (const [topic, { before, after }] of transaction.topics) {
    writes.push([topicKey(topic), after && topicText(after)]);
    // Found by comparing, and not from the entries, so that only `fold` knows what an entry does.
    const [old, values] = [before?.record.values, after?.record.values];
    for (const [key, { createdSeq }] of old ?? []) {
      if (values?.get(key)?.createdSeq !== createdSeq) writes.push([valueKey(topic, createdSeq), undefined]);
    }
    for (const [key, value] of values ?? []) {
      if (old?.get(key) !== value) writes.push([valueKey(topic, value.createdSeq), valueText(value)]);
    }
  }
  return writes;
}

// On disk `createdSeq` is called "born", `lastRewrite` "disturbed", `checkpoint` "place" and `confirmedAt` "confirmed": folders
// that older versions wrote stay readable.

/**
 * One value on disk: a line of JSON about it, then its own JSON exactly as published. The first line has no line break in it.
 */
function valueText({ key, createdSeq, seq, at, evicted, json }: Value): string {
  return `${JSON.stringify({ key, born: createdSeq, seq, at, evicted })}\n${json.text}`;
}

export function valueFrom(text: string): Value {
  const end = text.indexOf("\n");
  if (end >= 0) {
    const { born, ...rest } = JSON.parse(text.slice(0, end));
    return { ...rest, createdSeq: born, json: new JsonText(text.slice(end + 1)) };
  }
  // The format before numbers were kept digit for digit.
  const { born, data, ...rest } = JSON.parse(text);
  return { ...rest, createdSeq: born, json: new JsonText(JSON.stringify(data)) };
}

/** What is kept of a topic beside its values. */
function topicText({ record, at, queue }: StoredTopic): string {
  const { seq, lastRewrite, lastValueChange, ended, stale, confirmedAt, checkpoint } = record;
  const about = {
    seq,
    disturbed: lastRewrite,
    changed: lastValueChange,
    ended,
    stale,
    confirmed: confirmedAt,
    place: checkpoint,
  };
  return JSON.stringify({ ...about, at, queue });
}

/** The opposite of {@link topicText}. */
export function topicFrom(text: string, values: Map<string, Value>): StoredTopic {
  const { disturbed, changed, place, confirmed, at, queue, ...rest } = JSON.parse(text);
  // Older versions did not keep `changed`: the topic's last change of any kind is then taken for it.
  const lastValueChange = values.size === 0 ? 0 : (changed ?? rest.seq);
  const checkpoint = place === undefined ? {} : { checkpoint: place };
  const confirmedAt = confirmed ?? publishedAt(values);
  return {
    record: { ...rest, ...checkpoint, lastRewrite: disturbed, lastValueChange, confirmedAt, values },
    at,
    queue,
  };
}

import type { Topic } from "../core/topic.ts";
import { unavailable } from "../log/failure.ts";
import type { Log } from "../log/log.ts";
import type { Entry, TopicRecord } from "../log/record.ts";
import { LiveTopic } from "./live-topic.ts";
import type { Position } from "./position.ts";

/** How long a topic that nobody looks at is kept: a reload, or a page whose stream is about to open, finds it still there. */
const LINGER_MS = 5_000;
/** How long a page waits until this node has been delivered what was read from the log ahead of that. */
const MAX_BEHIND_MS = 1_000;

/**
 * Called with `wanted` true when a topic gets its first holder, and with false when it is dropped.
 * @param atOnce where it is dropped: whether because of `dismiss`, so that its source, too, should stop at once
 */
export type DemandListener = (topic: Topic, wanted: boolean, atOnce?: boolean) => void;

/**
 * The topics that someone looks at on this node, each with its record in memory. Who needs one calls `hold` and, when done,
 * `release`; a few seconds after the last release it is dropped.
 */
export class LiveTopics {
  readonly #log: Log;
  readonly #position: Position;
  #topics = new Map<Topic, LiveTopic>();
  /** Those whose record is being read, with the entries that were appended meanwhile. */
  #loading = new Map<Topic, { liveTopic: Promise<LiveTopic>; entries: Entry[] }>();
  #onDemand: DemandListener = () => {};
  #watchers = new Map<Topic, Set<(entry: Entry) => void>>();

  constructor(log: Log, position: Position) {
    this.#log = log;
    this.#position = position;
  }

  /** Calls the listener for the topics that are wanted now, and from then on for each change. There is one listener. */
  onDemand(listener: DemandListener): void {
    this.#onDemand = listener;
    for (const topic of this.#topics.keys()) listener(topic, true);
  }

  /** Calls the listener for each entry of a topic. It does not hold the topic. @returns what ends it */
  watch(topic: Topic, listener: (entry: Entry) => void): () => void {
    const listeners = this.#watchers.get(topic) ?? new Set();
    this.#watchers.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watchers.get(topic) === listeners) this.#watchers.delete(topic);
    };
  }

  /** Whether someone looks at a topic, or did a few seconds ago. */
  hasReaders(topic: Topic, now = Date.now()): boolean {
    const liveTopic = this.#topics.get(topic);
    return liveTopic !== undefined && (liveTopic.holders > 0 || now - liveTopic.idleSince < LINGER_MS);
  }

  get size(): number {
    return this.#topics.size;
  }

  get(topic: Topic): LiveTopic | undefined {
    return this.#topics.get(topic);
  }

  [Symbol.iterator](): Iterator<LiveTopic> {
    return this.#topics.values();
  }

  names(): Iterable<Topic> {
    return this.#topics.keys();
  }

  /** Puts the records of a new log in the place of the old one's. @param records of all {@link names} */
  replace(records: ReadonlyMap<Topic, TopicRecord>): void {
    for (const [topic, record] of records) this.#topics.get(topic)?.rerender(record);
    for (const { entries } of this.#loading.values()) entries.length = 0;
  }

  /**
   * The topic's live copy, read from the log if it is not here yet. It stays until it has been released as often as it was
   * held.
   * @throws Problem 503 `broker_unavailable`
   */
  async hold(topic: Topic): Promise<LiveTopic> {
    // Decided before anything is awaited: two copies of one topic would each get half of its entries.
    const liveTopic = await (this.#loading.get(topic)?.liveTopic ?? this.#topics.get(topic) ?? this.#load(topic));
    liveTopic.holders++;
    liveTopic.dropAtOnce = false;
    try {
      // It may have been read ahead of what was delivered to this node: a page must not show what is beyond its cursor.
      await this.#waitUntil(() => this.#position.seq >= liveTopic.record.seq);
    } catch (error) {
      this.release(liveTopic);
      throw error;
    }
    return liveTopic;
  }

  /** Holds all of them; if one cannot be held, none. */
  async holdAll(topics: readonly Topic[]): Promise<LiveTopic[]> {
    return this.#holdAllNow(topics) ?? this.#holdEach(topics);
  }

  /** @returns undefined where one of them has to be waited for */
  #holdAllNow(topics: readonly Topic[]): LiveTopic[] | undefined {
    const liveTopics = topics.map((topic) => this.touch(topic));
    if (!liveTopics.every((liveTopic) => liveTopic !== undefined)) return undefined;
    for (const liveTopic of liveTopics) liveTopic.holders++;
    return liveTopics;
  }

  async #holdEach(topics: readonly Topic[]): Promise<LiveTopic[]> {
    const held = await Promise.allSettled(topics.map((topic) => this.hold(topic)));
    const failed = held.find((result) => result.status === "rejected");
    if (failed === undefined) return held.map((result) => (result as PromiseFulfilledResult<LiveTopic>).value);
    for (const result of held) if (result.status === "fulfilled") this.release(result.value);
    throw failed.reason;
  }

  /** The topic as it is now, without holding it: no source starts for it. */
  async peek(topic: Topic): Promise<LiveTopic> {
    return this.#topics.get(topic) ?? new LiveTopic(topic, await this.#log.read(topic));
  }

  /**
   * As {@link hold} and {@link release} at once, where nothing has to be waited for. The copy is good until something is
   * awaited. Undefined where the topic is not in memory, or ahead of what was delivered to this node.
   */
  touch(topic: Topic): LiveTopic | undefined {
    const liveTopic = this.#topics.get(topic);
    if (liveTopic === undefined || this.#position.seq < liveTopic.record.seq) return undefined;
    liveTopic.dropAtOnce = false;
    liveTopic.idleSince = Date.now();
    return liveTopic;
  }

  /** Gives back what {@link hold} gave. */
  release(liveTopic: LiveTopic): void {
    liveTopic.holders--;
    liveTopic.idleSince = Date.now();
    // Not in this very turn: someone may have found it in the map, and be about to hold it.
    if (liveTopic.dropAtOnce) setImmediate(() => liveTopic.dropAtOnce && this.#drop(liveTopic, true));
  }

  /** Drops a topic as soon as its present holders have released it, without the few seconds of waiting. */
  dismiss(topic: Topic): void {
    const liveTopic = this.#topics.get(topic);
    if (liveTopic === undefined) return;
    liveTopic.dropAtOnce = true;
    this.#drop(liveTopic, true);
  }

  /** @returns what {@link LiveTopic.apply} does, or undefined where nobody looks at the topic */
  apply(entry: Entry): ReturnType<LiveTopic["apply"]> | undefined {
    for (const listener of this.#watchers.get(entry.topic) ?? []) listener(entry);
    this.#loading.get(entry.topic)?.entries.push(entry);
    return this.#topics.get(entry.topic)?.apply(entry);
  }

  /** Drops the topics that nobody has looked at for a few seconds. To be called now and then. */
  sweep(now = Date.now()): void {
    for (const liveTopic of this.#topics.values())
      if (now - liveTopic.idleSince >= LINGER_MS) this.#drop(liveTopic, false);
  }

  #drop(liveTopic: LiveTopic, atOnce: boolean): void {
    if (liveTopic.holders > 0 || this.#topics.get(liveTopic.topic) !== liveTopic) return;
    this.#topics.delete(liveTopic.topic);
    this.#onDemand(liveTopic.topic, false, atOnce);
  }

  #load(topic: Topic): Promise<LiveTopic> {
    const entries: Entry[] = [];
    const liveTopic = this.#make(topic, entries).finally(() => this.#loading.delete(topic));
    this.#loading.set(topic, { liveTopic, entries });
    return liveTopic;
  }

  async #make(topic: Topic, entries: Entry[]): Promise<LiveTopic> {
    const liveTopic = new LiveTopic(topic, await this.#readCurrent(topic));
    // Appended while the record was being read; what it already holds is skipped.
    for (const entry of entries) liveTopic.apply(entry);
    this.#topics.set(topic, liveTopic);
    entries.length = 0;
    this.#onDemand(topic, true);
    return liveTopic;
  }

  /** A record from the log that this node shows: if the log was replaced while it was read, it is read again. */
  async #readCurrent(topic: Topic): Promise<TopicRecord> {
    for (;;) {
      const { generation } = this.#position;
      const record = await this.#log.read(topic);
      if (this.#position.isCurrent && this.#position.generation === generation) return record;
      await this.#waitUntil(() => this.#position.isCurrent);
    }
  }

  /** @throws Problem 503 `broker_unavailable` where that takes over a second */
  async #waitUntil(condition: () => boolean): Promise<void> {
    await this.#position.waitUntil(condition, MAX_BEHIND_MS);
    if (!condition()) throw unavailable();
  }
}

import type { Topic } from "../core/topic.ts";
import { unavailable } from "../log/failure.ts";
import type { Log } from "../log/log.ts";
import type { Entry, TopicRecord } from "../log/record.ts";
import { LiveTopic } from "./live-topic.ts";
import type { Position } from "./position.ts";

/** How long a topic that nobody looks at stays: a reload, or a page on its way to its stream, finds it there. */
const LINGER_MS = 5_000;
/** How long a page waits for this node to come up with what it has read. */
const BEHIND_MS = 1_000;

/** Told when a topic gets its first holder, and when it has none any more. @param atOnce whether it has none because it was dismissed */
export type Demand = (topic: Topic, wanted: boolean, atOnce?: boolean) => void;

/** The topics that someone looks at on this node. */
export class LiveTopics {
  readonly #log: Log;
  readonly #position: Position;
  #topics = new Map<Topic, LiveTopic>();
  /** Live topics on their way, and what was appended meanwhile. */
  #loading = new Map<Topic, { liveTopic: Promise<LiveTopic>; entries: Entry[] }>();
  #onDemand: Demand = () => {};
  #watchers = new Map<Topic, Set<(entry: Entry) => void>>();

  constructor(log: Log, position: Position) {
    this.#log = log;
    this.#position = position;
  }

  onDemand(listener: Demand): void {
    this.#onDemand = listener;
    for (const topic of this.#topics.keys()) listener(topic, true);
  }

  watch(topic: Topic, listener: (entry: Entry) => void): () => void {
    const listeners = this.#watchers.get(topic) ?? new Set();
    this.#watchers.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watchers.get(topic) === listeners) this.#watchers.delete(topic);
    };
  }

  hasReaders(topic: Topic, now = Date.now()): boolean {
    const liveTopic = this.#topics.get(topic);
    return liveTopic !== undefined && (liveTopic.holders > 0 || now - liveTopic.idleSince < LINGER_MS);
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

  /** The log was replaced. @param records of {@link names}, from the new one */
  replace(records: ReadonlyMap<Topic, TopicRecord>): void {
    for (const [topic, record] of records) this.#topics.get(topic)?.refresh(record);
    for (const { entries } of this.#loading.values()) entries.length = 0;
  }

  /**
   * The topic's live topic, which stays until it is released as often as it was held.
   * @throws Problem 503 `broker_unavailable`
   */
  async hold(topic: Topic): Promise<LiveTopic> {
    // Decided before anything is awaited: two live topics of one topic would each be told half.
    const liveTopic = await (this.#loading.get(topic)?.liveTopic ?? this.#topics.get(topic) ?? this.#load(topic));
    liveTopic.holders++;
    liveTopic.dismissed = false;
    try {
      // It may have been read ahead of what this node has delivered: a page must not show what its cursor does not cover.
      await this.#until(() => this.#position.seq >= liveTopic.record.seq);
    } catch (error) {
      this.release(liveTopic);
      throw error;
    }
    return liveTopic;
  }

  /** All or none. */
  async holdAll(topics: readonly Topic[]): Promise<LiveTopic[]> {
    const held = await Promise.allSettled(topics.map((topic) => this.hold(topic)));
    const failed = held.find((result) => result.status === "rejected");
    if (failed === undefined) return held.map((result) => (result as PromiseFulfilledResult<LiveTopic>).value);
    for (const result of held) if (result.status === "fulfilled") this.release(result.value);
    throw failed.reason;
  }

  /** The topic as it is now. Nobody counts as looking: no source starts for it. */
  async peek(topic: Topic): Promise<LiveTopic> {
    return this.#topics.get(topic) ?? new LiveTopic(topic, await this.#log.read(topic));
  }

  release(liveTopic: LiveTopic): void {
    liveTopic.holders--;
    liveTopic.idleSince = Date.now();
    // Not before whoever has just found it holds it.
    if (liveTopic.dismissed) setImmediate(() => liveTopic.dismissed && this.#letGo(liveTopic, true));
  }

  /** Lets go of a topic as soon as those who look at it now have gone. */
  dismiss(topic: Topic): void {
    const liveTopic = this.#topics.get(topic);
    if (liveTopic === undefined) return;
    liveTopic.dismissed = true;
    this.#letGo(liveTopic, true);
  }

  apply(entry: Entry): ReturnType<LiveTopic["apply"]> | undefined {
    for (const listener of this.#watchers.get(entry.topic) ?? []) listener(entry);
    this.#loading.get(entry.topic)?.entries.push(entry);
    return this.#topics.get(entry.topic)?.apply(entry);
  }

  /** Lets go of topics that nobody has looked at for a while. */
  sweep(now = Date.now()): void {
    for (const liveTopic of this.#topics.values())
      if (now - liveTopic.idleSince >= LINGER_MS) this.#letGo(liveTopic, false);
  }

  #letGo(liveTopic: LiveTopic, atOnce: boolean): void {
    if (liveTopic.holders > 0 || this.#topics.get(liveTopic.topic) !== liveTopic) return;
    this.#topics.delete(liveTopic.topic);
    this.#onDemand(liveTopic.topic, false, atOnce);
  }

  #load(topic: Topic): Promise<LiveTopic> {
    const entries: Entry[] = [];
    const liveTopic = this.#read(topic, entries).finally(() => this.#loading.delete(topic));
    this.#loading.set(topic, { liveTopic, entries });
    return liveTopic;
  }

  async #read(topic: Topic, entries: Entry[]): Promise<LiveTopic> {
    const liveTopic = new LiveTopic(topic, await this.#current(topic));
    // Appended while the record was being read; what it already holds is skipped.
    for (const entry of entries) liveTopic.apply(entry);
    this.#topics.set(topic, liveTopic);
    entries.length = 0;
    this.#onDemand(topic, true);
    return liveTopic;
  }

  /** A record of the log that this node shows: not of one that was replaced meanwhile, nor of the one that is to come. */
  async #current(topic: Topic): Promise<TopicRecord> {
    for (;;) {
      const { life } = this.#position;
      const record = await this.#log.read(topic);
      if (this.#position.settled && this.#position.life === life) return record;
      await this.#until(() => this.#position.settled);
    }
  }

  async #until(done: () => boolean): Promise<void> {
    await this.#position.until(done, BEHIND_MS);
    if (!done()) throw unavailable();
  }
}

import { unavailable } from "../log/failure.ts";
import type { Log } from "../log/log.ts";
import type { Entry, TopicRecord } from "../log/record.ts";
import type { Topic } from "../topic.ts";
import { Mirror } from "./mirror.ts";
import type { Position } from "./position.ts";

/** How long a topic that nobody looks at stays: a reload, or a page on its way to its stream, finds it there. */
const LINGER = 5_000;
/** How long a page waits for this node to come up with what it has read. */
const PATIENCE = 1_000;

/** Told when a topic gets its first holder, and when it has none any more. @param atOnce whether it has none because it was dismissed */
export type Demand = (topic: Topic, wanted: boolean, atOnce?: boolean) => void;

/** The topics that someone looks at on this node. */
export class Mirrors {
  readonly #log: Log;
  readonly #position: Position;
  #mirrors = new Map<Topic, Mirror>();
  /** Mirrors on their way, and what was appended meanwhile. */
  #loading = new Map<Topic, { mirror: Promise<Mirror>; entries: Entry[] }>();
  #onDemand: Demand = () => {};
  #watchers = new Map<Topic, Set<(entry: Entry) => void>>();

  constructor(log: Log, position: Position) {
    this.#log = log;
    this.#position = position;
  }

  onDemand(listener: Demand): void {
    this.#onDemand = listener;
    for (const topic of this.#mirrors.keys()) listener(topic, true);
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
    const mirror = this.#mirrors.get(topic);
    return mirror !== undefined && (mirror.holders > 0 || now - mirror.idleSince < LINGER);
  }

  get(topic: Topic): Mirror | undefined {
    return this.#mirrors.get(topic);
  }

  [Symbol.iterator](): Iterator<Mirror> {
    return this.#mirrors.values();
  }

  topics(): Iterable<Topic> {
    return this.#mirrors.keys();
  }

  /** The log was replaced. @param records of {@link topics}, from the new one */
  replace(records: ReadonlyMap<Topic, TopicRecord>): void {
    for (const [topic, record] of records) this.#mirrors.get(topic)?.refresh(record);
    for (const { entries } of this.#loading.values()) entries.length = 0;
  }

  /**
   * The topic's mirror, which stays until it is released as often as it was held.
   * @throws Problem 503 `broker_unavailable`
   */
  async hold(topic: Topic): Promise<Mirror> {
    // Decided before anything is awaited: two mirrors of one topic would each be told half.
    const mirror = await (this.#loading.get(topic)?.mirror ?? this.#mirrors.get(topic) ?? this.#load(topic));
    mirror.holders++;
    mirror.dismissed = false;
    try {
      // It may have been read ahead of what this node has delivered: a page must not show what its cursor does not cover.
      await this.#until(() => this.#position.seq >= mirror.record.seq);
    } catch (error) {
      this.release(mirror);
      throw error;
    }
    return mirror;
  }

  /** All or none. */
  async holdAll(topics: readonly Topic[]): Promise<Mirror[]> {
    const held = await Promise.allSettled(topics.map((topic) => this.hold(topic)));
    const failed = held.find((result) => result.status === "rejected");
    if (failed === undefined) return held.map((result) => (result as PromiseFulfilledResult<Mirror>).value);
    for (const result of held) if (result.status === "fulfilled") this.release(result.value);
    throw failed.reason;
  }

  /** The topic as it is now. Nobody counts as looking: no source starts for it. */
  async peek(topic: Topic): Promise<Mirror> {
    return this.#mirrors.get(topic) ?? new Mirror(topic, await this.#log.read(topic));
  }

  release(mirror: Mirror): void {
    mirror.holders--;
    mirror.idleSince = Date.now();
    // Not before whoever has just found it holds it.
    if (mirror.dismissed) setImmediate(() => mirror.dismissed && this.#letGo(mirror, true));
  }

  /** Lets go of a topic as soon as those who look at it now have gone. */
  dismiss(topic: Topic): void {
    const mirror = this.#mirrors.get(topic);
    if (mirror === undefined) return;
    mirror.dismissed = true;
    this.#letGo(mirror, true);
  }

  apply(entry: Entry): ReturnType<Mirror["apply"]> | undefined {
    for (const listener of this.#watchers.get(entry.topic) ?? []) listener(entry);
    this.#loading.get(entry.topic)?.entries.push(entry);
    return this.#mirrors.get(entry.topic)?.apply(entry);
  }

  /** Lets go of topics that nobody has looked at for a while. */
  sweep(now = Date.now()): void {
    for (const mirror of this.#mirrors.values()) if (now - mirror.idleSince >= LINGER) this.#letGo(mirror, false);
  }

  #letGo(mirror: Mirror, atOnce: boolean): void {
    if (mirror.holders > 0 || this.#mirrors.get(mirror.topic) !== mirror) return;
    this.#mirrors.delete(mirror.topic);
    this.#onDemand(mirror.topic, false, atOnce);
  }

  #load(topic: Topic): Promise<Mirror> {
    const entries: Entry[] = [];
    const mirror = this.#read(topic, entries).finally(() => this.#loading.delete(topic));
    this.#loading.set(topic, { mirror, entries });
    return mirror;
  }

  async #read(topic: Topic, entries: Entry[]): Promise<Mirror> {
    const mirror = new Mirror(topic, await this.#current(topic));
    // Appended while the record was being read; what it already holds is skipped.
    for (const entry of entries) mirror.apply(entry);
    this.#mirrors.set(topic, mirror);
    entries.length = 0;
    this.#onDemand(topic, true);
    return mirror;
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
    await this.#position.until(done, PATIENCE);
    if (!done()) throw unavailable();
  }
}

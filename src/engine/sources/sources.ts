import { type Leases, LocalLeases } from "../core/lease.ts";
import { LIMITS } from "../core/limits.ts";
import { Problem } from "../core/problem.ts";
import { parseTopic, type Topic, widgetOf } from "../core/topic.ts";
import { Turns } from "../core/turns.ts";
import { wait } from "../core/wait.ts";
import { FAMILY_BOUNDS } from "../log/bounds.ts";
import type { Bounds } from "../log/record.ts";
import type { ReportSentence } from "../ops/logger.ts";
import { Metrics } from "../ops/metrics.ts";
import type { SourceModule } from "./every.ts";
import type { PageCounter } from "./readers.ts";
import { Runner, type SourceBroker, type Trouble } from "./runner.ts";

export interface SourcesParts {
  /** By topic, or by what a family's topics begin with. */
  readonly sources: ReadonlyMap<string, SourceModule>;
  readonly broker: SourceBroker;
  /** So that of many nodes one runs a source. By default this process is the only node. */
  readonly leases?: Leases;
  /** Who counts readers, for sources that are `readers()`. */
  readonly presence?: PageCounter;
  /** How long a source runs on after its last reader has left: long enough for a reload. */
  readonly lingerMs?: number;
  /** How long a topic of a family is kept after its last reader has left, since anyone can make one up. */
  readonly keepMs?: number;
  readonly log: ReportSentence;
  readonly metrics?: Metrics;
  /** Whether pages show an author's mistakes, since nobody else looks at them. */
  readonly development?: boolean;
}

/** How one source is, on this node. */
export interface SourceStatus {
  /** Its topic, or what its family's topics begin with. */
  readonly name: string;
  readonly always: boolean;
  /** For how many topics it runs. */
  readonly running: number;
  /** For how many it has returned, since it has no more values. */
  readonly ended: number;
  /** Whether {@link Sources.pause} keeps it from running. */
  readonly paused: boolean;
  /** The last of its topics' troubles; undefined where all is well. */
  readonly trouble: Trouble | undefined;
}

/** How many topics are touched in one append: ten thousand at once would delay what is being published. */
const MAX_TOUCHES_AT_ONCE = 200;

/** Starts sources when a page first needs their topic, and stops them a little after the last one has left. */
export class Sources {
  readonly #sources: ReadonlyMap<string, SourceModule>;
  readonly #broker: SourceBroker;
  readonly #leases: Leases;
  readonly #presence: PageCounter | undefined;
  readonly #lingerMs: number;
  readonly #bounds: Bounds;
  readonly #turns = new Turns();
  readonly #report: ReportSentence;
  readonly #metrics: Metrics;
  readonly #development: boolean;
  readonly #runners = new Map<Topic, Runner>();
  /** By topic without readers: when its source is stopped. */
  readonly #timers = new Map<Topic, NodeJS.Timeout>();
  readonly #leaving = new Set<Runner>();
  /** The sources that are paused, and the topics for which they would run else. */
  readonly #paused = new Set<string>();
  readonly #withheld = new Set<Topic>();
  #touching: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: SourcesParts) {
    const { sources, broker, leases = new LocalLeases(), presence, log } = parts;
    const { lingerMs = 5_000, keepMs = LIMITS.sourceTopicMs } = parts;
    this.#presence = presence;
    this.#sources = sources;
    this.#broker = broker;
    this.#leases = leases;
    this.#lingerMs = lingerMs;
    this.#bounds = { ...FAMILY_BOUNDS, maxAgeMs: keepMs };
    this.#report = log;
    this.#metrics = parts.metrics ?? new Metrics();
    this.#development = parts.development ?? false;
  }

  /** Listens to what pages need, and starts what runs always. */
  start(): void {
    this.#broker.onDemand((topic, wanted, atOnce) => this.wanted(topic, wanted, atOnce));
    for (const [name, { always }] of this.#sources) if (always) this.#run(parseTopic(name));
    // A topic that is looked at and seldom changes would be removed as too old, unless it is touched now and then.
    this.#touching = setInterval(() => this.#touch([...this.#runners.keys()]), this.#bounds.maxAgeMs / 3).unref();
  }

  /** Whether there is a source for this topic. Only a source that is a function serves a family. */
  has(topic: Topic): boolean {
    return this.#nameOf(topic) !== undefined;
  }

  /** Whether a source runs for this topic on this node, and has not ended. */
  isRunning(topic: Topic): boolean {
    return this.#runners.get(topic)?.ended === false;
  }

  /** How each is. */
  get statuses(): readonly SourceStatus[] {
    const runners = new Map<string, Runner[]>([...this.#sources.keys()].map((name) => [name, []]));
    for (const [topic, runner] of this.#runners) runners.get(this.#nameOf(topic)!)!.push(runner);
    return [...this.#sources].map(([name, { always }]) => {
      const own = runners.get(name)!;
      const troubles = own.flatMap(({ trouble }) => trouble ?? []).sort((a, b) => b.at - a.at);
      const ended = own.filter(({ ended }) => ended).length;
      const paused = this.#paused.has(name);
      return { name, always, running: own.length - ended, ended, paused, trouble: troubles[0] };
    });
  }

  /** Stops a source on this node, whoever looks at it, until it is resumed. */
  pause(name: string): void {
    if (!this.#sources.has(name)) return;
    this.#paused.add(name);
    for (const topic of [...this.#runners.keys()]) {
      if (this.#nameOf(topic) !== name) continue;
      this.#halt(topic);
      this.#withheld.add(topic);
    }
  }

  /** Lets a source that was paused run again, at once where someone looks at it. */
  resume(name: string): void {
    this.#paused.delete(name);
    for (const topic of [...this.#withheld]) {
      if (this.#nameOf(topic) !== name) continue;
      this.#withheld.delete(topic);
      this.#run(topic);
    }
  }

  /** Starts or stops the topic's source. @param atOnce whether it stops now, and not some seconds later */
  wanted(topic: Topic, wanted: boolean, atOnce = false): void {
    if (this.#stopped || !this.has(topic)) return;
    clearTimeout(this.#timers.get(topic));
    this.#timers.delete(topic);
    if (wanted) this.#run(topic);
    else if (atOnce) this.#release(topic);
    else this.#timers.set(topic, setTimeout(() => this.#release(topic), this.#lingerMs).unref());
  }

  /** Stops all sources, and waits until they have stopped, for a second at most. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#touching);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const topic of [...this.#runners.keys()]) this.#halt(topic);
    const gone = new AbortController();
    const all = Promise.all([...this.#leaving].map(({ done }) => done));
    await Promise.race([all, wait(1_000, gone.signal)]);
    gone.abort();
  }

  /**
   * The source for a topic: the one of its own name; else, where that is a function, the one of the longest name that the topic
   * begins with.
   */
  #nameOf(topic: Topic): string | undefined {
    for (let name: string = topic; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf("/")))) {
      const found = this.#sources.get(name);
      if (found !== undefined) return name === topic || typeof found.source === "function" ? name : undefined;
    }
    return undefined;
  }

  #run(topic: Topic): void {
    if (this.#runners.has(topic)) return;
    const name = this.#nameOf(topic)!;
    if (this.#paused.has(name)) {
      this.#withheld.add(topic);
      return;
    }
    const { source, file } = this.#sources.get(name)!;
    this.#runners.set(
      topic,
      new Runner({
        source,
        file,
        topic,
        outlet: this.#broker,
        leases: this.#leases,
        presence: this.#presence,
        report: this.#report,
        bounds: this.#bounds,
        turns: this.#turns,
        metrics: this.#metrics,
        development: this.#development,
      }),
    );
  }

  #release(topic: Topic): void {
    this.#timers.delete(topic);
    const runner = this.#runners.get(topic);
    // One that has ended is removed all the same, so that it starts anew for the next reader.
    if (this.#sources.get(topic)?.always && !runner?.ended) return;
    this.#withheld.delete(topic);
    this.#halt(topic);
    this.#touch([topic]);
  }

  #halt(topic: Topic): void {
    const runner = this.#runners.get(topic);
    if (runner === undefined) return;
    this.#runners.delete(topic);
    this.#leaving.add(runner);
    void runner.done.then(() => this.#leaving.delete(runner));
    runner.stop();
  }

  /** Makes topics of a family count as changed now, so that they are not removed as too old. */
  async #touch(topics: readonly Topic[]): Promise<void> {
    const drafts = topics
      .filter((topic) => widgetOf(topic) !== topic)
      .map((topic) => ({ op: "touch", topic }) as const);
    try {
      while (drafts.length > 0 && !this.#stopped) await this.#broker.publish(drafts.splice(0, MAX_TOUCHES_AT_ONCE));
    } catch (error) {
      // A log that is away reports so itself, and this is tried twice more before the topics are too old.
      if (!(error instanceof Problem) || error.status < 429) this.#report("Topics cannot be kept", error);
    }
  }
}

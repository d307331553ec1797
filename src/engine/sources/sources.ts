import { type Leases, LocalLeases } from "../core/lease.ts";
import { Problem } from "../core/problem.ts";
import { parseTopic, type Topic, widgetOf } from "../core/topic.ts";
import { Turns } from "../core/turns.ts";
import { wait } from "../core/wait.ts";
import { FAMILY } from "../log/bounds.ts";
import type { Bounds } from "../log/record.ts";
import type { SourceModule } from "./every.ts";
import { Runner, type SourceBroker, type SourceReport } from "./runner.ts";

export interface SourcesParts {
  /** By topic, or by what a family's topics begin with. */
  readonly sources: ReadonlyMap<string, SourceModule>;
  readonly broker: SourceBroker;
  /** Who runs what; by default this process is the only one. */
  readonly leases?: Leases;
  /** How long a source runs on after its last reader has left: as long as a reload, or a short walk through the pages. */
  readonly lingerMs?: number;
  /** How long a family's topic is kept after its last reader has left: anyone can make one up. */
  readonly keepMs?: number;
  readonly log: SourceReport;
}

/** So many at once: ten thousand would hold up what is published. */
const TOUCHES = 200;

/** Starts sources when a page first needs their topic, and stops them a little after the last one has left. */
export class Sources {
  readonly #sources: ReadonlyMap<string, SourceModule>;
  readonly #broker: SourceBroker;
  readonly #leases: Leases;
  readonly #lingerMs: number;
  readonly #bounds: Bounds;
  readonly #turns = new Turns();
  readonly #report: SourceReport;
  readonly #runners = new Map<Topic, Runner>();
  /** By topic without readers: when its source is stopped. */
  readonly #timers = new Map<Topic, NodeJS.Timeout>();
  readonly #leaving = new Set<Runner>();
  #touching: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor({ sources, broker, leases = new LocalLeases(), lingerMs = 5_000, keepMs = 600_000, log }: SourcesParts) {
    this.#sources = sources;
    this.#broker = broker;
    this.#leases = leases;
    this.#lingerMs = lingerMs;
    this.#bounds = { ...FAMILY, lifeMs: keepMs };
    this.#report = log;
  }

  /** Listens to what pages need, and starts what runs always. */
  start(): void {
    this.#broker.onDemand((topic, wanted, atOnce) => this.wanted(topic, wanted, atOnce));
    for (const [name, { always }] of this.#sources) if (always) this.#run(parseTopic(name));
    // So that one that is looked at and seldom changes stays; one whose node has died goes by itself.
    this.#touching = setInterval(() => this.#touch([...this.#runners.keys()]), this.#bounds.lifeMs / 3).unref();
  }

  /** Whether a source publishes to this topic. One that is no function has no family. */
  has(topic: Topic): boolean {
    return this.#sourceOf(topic) !== undefined;
  }

  /** Whether a source is at work for this topic, and has not said all that it had to say. */
  isRunning(topic: Topic): boolean {
    return this.#runners.get(topic)?.ended === false;
  }

  /** @param atOnce whether what is no longer wanted stops now, and not a while later */
  wanted(topic: Topic, wanted: boolean, atOnce = false): void {
    if (this.#stopped || !this.has(topic)) return;
    clearTimeout(this.#timers.get(topic));
    this.#timers.delete(topic);
    if (wanted) this.#run(topic);
    else if (atOnce) this.#release(topic);
    else this.#timers.set(topic, setTimeout(() => this.#release(topic), this.#lingerMs).unref());
  }

  /** Stops all sources and waits until they are gone, though not for one that does not listen. */
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

  /** The one of the topic's own name; else, where that is a function, the one of the longest name that the topic begins with. */
  #sourceOf(topic: Topic): SourceModule | undefined {
    for (let name: string = topic; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf("/")))) {
      const found = this.#sources.get(name);
      if (found !== undefined) return name === topic || typeof found.source === "function" ? found : undefined;
    }
    return undefined;
  }

  #run(topic: Topic): void {
    if (this.#runners.has(topic)) return;
    const { source } = this.#sourceOf(topic)!;
    this.#runners.set(
      topic,
      new Runner({
        source,
        topic,
        outlet: this.#broker,
        leases: this.#leases,
        report: this.#report,
        bounds: this.#bounds,
        turns: this.#turns,
      }),
    );
  }

  #release(topic: Topic): void {
    this.#timers.delete(topic);
    const runner = this.#runners.get(topic);
    // One that has ended is let go even so, to start anew for the next reader.
    if (this.#sources.get(topic)?.always && !runner?.ended) return;
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

  /** Says of a family's topics that they are looked at. */
  async #touch(topics: readonly Topic[]): Promise<void> {
    const drafts = topics
      .filter((topic) => widgetOf(topic) !== topic)
      .map((topic) => ({ op: "touch", topic }) as const);
    try {
      while (drafts.length > 0 && !this.#stopped) await this.#broker.publish(drafts.splice(0, TOUCHES));
    } catch (error) {
      // A log that is away says so itself, and there are two more times before they are due.
      if (!(error instanceof Problem) || error.status < 429) this.#report("Topics cannot be kept", error);
    }
  }
}

import { type Leases, LocalLeases } from "../lease.ts";
import { parseTopic, type Topic, widgetOf } from "../topic.ts";
import { wait } from "../wait.ts";
import type { SourceModule } from "./every.ts";
import { leaseOf } from "./held.ts";
import { type Outlet, type Report, Runner } from "./runner.ts";

export interface SourcesParts {
  /** By topic, or by the first segment of a family's topics. */
  readonly sources: ReadonlyMap<string, SourceModule>;
  readonly broker: Outlet;
  /** Who runs what; by default this process is the only one. */
  readonly leases?: Leases;
  /** How long a source runs on after its last reader has left: as long as a reload, or a short walk through the pages. */
  readonly lingerMs?: number;
  /** How long a family's topic is kept after its last reader has left. */
  readonly keepMs?: number;
  readonly log: Report;
}

/** Starts sources when a page first needs their topic, and stops them a little after the last one has left. */
export class Sources {
  readonly #sources: ReadonlyMap<string, SourceModule>;
  readonly #broker: Outlet;
  readonly #leases: Leases;
  readonly #lingerMs: number;
  readonly #keepMs: number;
  readonly #report: Report;
  readonly #runners = new Map<Topic, Runner>();
  /** What is due for topics without readers: to stop the source, and to forget the topic. */
  readonly #timers = new Map<Topic, NodeJS.Timeout[]>();
  readonly #leaving = new Set<Runner>();
  #stopped = false;

  constructor({ sources, broker, leases = new LocalLeases(), lingerMs = 5_000, keepMs = 600_000, log }: SourcesParts) {
    this.#sources = sources;
    this.#broker = broker;
    this.#leases = leases;
    this.#lingerMs = lingerMs;
    this.#keepMs = keepMs;
    this.#report = log;
  }

  /** Listens to what pages need, and starts what runs always. */
  start(): void {
    this.#broker.onDemand((topic, wanted) => this.wanted(topic, wanted));
    for (const [name, { always }] of this.#sources) if (always) this.#run(parseTopic(name));
  }

  /** Whether a source publishes to this topic. One that is no function has no family. */
  has(topic: Topic): boolean {
    const found = this.#sources.get(widgetOf(topic));
    return found !== undefined && (typeof found.source === "function" || this.#sources.has(topic));
  }

  /** Whether a source is at work for this topic, and has not said all that it had to say. */
  isRunning(topic: Topic): boolean {
    return this.#runners.get(topic)?.ended === false;
  }

  wanted(topic: Topic, wanted: boolean): void {
    if (this.#stopped || !this.has(topic)) return;
    for (const timer of this.#timers.get(topic) ?? []) clearTimeout(timer);
    this.#timers.delete(topic);
    if (wanted) {
      this.#run(topic);
      return;
    }
    const timers = [setTimeout(() => this.#release(topic), this.#lingerMs).unref()];
    // Anyone can make up a family's topics, so that they must not stay for ever.
    if (widgetOf(topic) !== topic) timers.push(setTimeout(() => this.#forget(topic), this.#keepMs).unref());
    this.#timers.set(topic, timers);
  }

  /** Stops all sources and waits until they are gone, though not for one that does not listen. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of [...this.#timers.values()].flat()) clearTimeout(timer);
    this.#timers.clear();
    for (const topic of [...this.#runners.keys()]) this.#halt(topic);
    const gone = new AbortController();
    const all = Promise.all([...this.#leaving].map(({ done }) => done));
    await Promise.race([all, wait(1_000, gone.signal)]);
    gone.abort();
  }

  #run(topic: Topic): void {
    if (this.#runners.has(topic)) return;
    const { source } = this.#sources.get(widgetOf(topic))!;
    this.#runners.set(topic, new Runner(source, topic, this.#broker, this.#leases, this.#report));
  }

  #release(topic: Topic): void {
    const runner = this.#runners.get(topic);
    // One that has ended is let go even so, to start anew for the next reader.
    if (this.#sources.get(topic)?.always && !runner?.ended) return;
    this.#halt(topic);
  }

  #halt(topic: Topic): void {
    const runner = this.#runners.get(topic);
    if (runner === undefined) return;
    this.#runners.delete(topic);
    this.#leaving.add(runner);
    void runner.done.then(() => this.#leaving.delete(runner));
    runner.stop();
  }

  async #forget(topic: Topic): Promise<void> {
    const runner = this.#runners.get(topic);
    this.#halt(topic);
    this.#timers.delete(topic);
    try {
      await runner?.done;
      const lease = await this.#leases.take(leaseOf(topic));
      if (lease === undefined) return; // on another node someone looks at it
      await this.#broker.clear(topic, { fence: lease.fence }).finally(() => lease.release());
    } catch (error) {
      this.#report(`source ${topic}: cannot clear its topic`, error);
    }
  }
}

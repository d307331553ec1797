import type { Broker } from "../broker/broker.ts";
import type { CodeFile } from "../core/code-error.ts";
import { type Json, JsonText } from "../core/json.ts";
import type { Fence, Leases } from "../core/lease.ts";
import { staleReason } from "../core/stale-reason.ts";
import { type Topic, widgetOf } from "../core/topic.ts";
import { Turns } from "../core/turns.ts";
import { wait } from "../core/wait.ts";
import type { Bounds } from "../log/record.ts";
import type { ReportSentence } from "../ops/logger.ts";
import { Metrics } from "../ops/metrics.ts";
import {
  Checkpointed,
  CurrentValue,
  type Resumable,
  type Source,
  UNCHANGED,
  type Watching,
  type Yielded,
} from "./every.ts";
import { type PageCounter, Readers } from "./readers.ts";
import { isRefusal, Telling } from "./telling.ts";
import { isLost, leaseOf, withLease } from "./with-lease.ts";

/** What sources need of the broker. */
export type SourceBroker = Pick<
  Broker,
  "publish" | "latest" | "record" | "clear" | "end" | "stale" | "confirm" | "onDemand"
>;

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** After so many failures in a row, visitors are told that what they see is old. */
const QUIET_FAILURES = 3;

/** What is wrong with a source: it failed so many times since its last value, or that value was refused. */
export interface Trouble {
  /** When it was last so, in milliseconds since 1970. */
  readonly at: number;
  readonly times: number;
  readonly error: unknown;
}

export interface RunnerParts {
  readonly source: Source;
  /** What it was read from, if that is a file. */
  readonly file?: CodeFile | undefined;
  readonly topic: Topic;
  readonly outlet: SourceBroker;
  readonly leases: Leases;
  /** Only `readers()` needs it. */
  readonly presence?: PageCounter | undefined;
  readonly report: ReportSentence;
  /** The bounds of its topic, if that is one of a family. */
  readonly bounds?: Bounds;
  /** Shared by all sources of a node, so that together they do not block it. */
  readonly turns?: Turns;
  readonly metrics?: Metrics;
  /** Whether pages show what its author has to mend. */
  readonly development?: boolean;
}

/**
 * Runs one source for one topic, on one node of all: publishes what it yields, in order, and starts it again when it fails. It
 * begins when it is made, and goes on until `stop`.
 */
export class Runner {
  readonly #source: Source;
  readonly #topic: Topic;
  readonly #outlet: SourceBroker;
  readonly #presence: PageCounter | undefined;
  readonly #telling: Telling;
  readonly #bounds: Bounds | undefined;
  readonly #turns: Turns;
  readonly #metrics: Metrics;
  readonly #stop = new AbortController();
  /** Whether the source has returned: it has no more values, and the topic has ended. */
  ended = false;
  /** Undefined while all is well. */
  trouble: Trouble | undefined;
  /**
   * Resolves once it has stopped entirely. A source that ignores both its signal and `return()` can keep it from that for ever.
   */
  readonly done: Promise<void>;

  constructor(parts: RunnerParts) {
    const { source, topic, outlet, leases, presence, bounds, turns = new Turns(), metrics = new Metrics() } = parts;
    this.#source = source;
    this.#topic = topic;
    this.#outlet = outlet;
    this.#presence = presence;
    this.#telling = new Telling(parts);
    this.#bounds = bounds;
    this.#turns = turns;
    this.#metrics = metrics;
    this.done = withLease(leases, leaseOf(topic), this.#stop.signal, (signal, fence) => this.#run(signal, fence));
  }

  stop(): void {
    this.#stop.abort();
  }

  /** @returns whether the source has returned */
  async #run(signal: AbortSignal, fence: Fence): Promise<boolean> {
    let failures = 0;
    let told = false;
    for (let delay = FIRST_DELAY_MS; !signal.aborted; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
      const began = performance.now();
      let published = false;
      try {
        await this.#publishAll(signal, fence, () => {
          published = true;
          this.trouble = undefined;
        });
        if (signal.aborted) break;
        this.ended = true;
        const end = this.#outlet.end(this.#topic, { fence });
        await end.catch((error) => this.#telling.tell(": cannot end", error));
        return true;
      } catch (error) {
        if (signal.aborted) break;
        if (isLost(error)) throw error;
        if (published) told = false;
        // A source that publishes one value and fails at once counts as failing still, or the back-off would never grow.
        if (published && performance.now() - began > delay) [failures, delay] = [0, FIRST_DELAY_MS];
        failures++;
        this.#metrics.sourceFailures.add(widgetOf(this.#topic));
        this.#troubledBy(error);
        if (failures === 1) this.#telling.failed(error);
        if (failures >= QUIET_FAILURES && !published && !told) told = await this.#tellVisitors(fence, error);
        // Jitter: sources that failed together should not all start again together.
        await wait(delay * (1 - Math.random() / 4), signal);
      }
    }
    return false;
  }

  #troubledBy(error: unknown): void {
    this.trouble = { at: Date.now(), times: (this.trouble?.times ?? 0) + 1, error };
  }

  /** @returns whether that was published; if not, it is tried again at the next failure */
  async #tellVisitors(fence: Fence, error: unknown): Promise<boolean> {
    const [topic, outlet] = [this.#topic, this.#outlet];
    const mistake = this.#telling.toMend(error);
    const reason = staleReason("No new values are arriving just now. This will mend itself.", mistake);
    try {
      // A notice of before a restart keeps its time, since the values are no newer; but not what was another mistake.
      const { stale } = await outlet.record(topic);
      if (stale === null || (mistake !== undefined && stale.reason !== reason)) {
        await outlet.stale(topic, reason, { fence });
      }
      return true;
    } catch (error) {
      this.#telling.tell(": cannot mark it stale", error);
      return false;
    }
  }

  /** @throws what the source throws, and what the broker throws unless it is the value's fault */
  async #publishAll(signal: AbortSignal, fence: Fence, onPublished: () => void): Promise<void> {
    // A signal of this attempt's own: when the source fails, what listens to it is closed before the source starts again.
    const attempt = new AbortController();
    let values: AsyncIterator<Yielded> | undefined;
    const release = () => {
      signal.removeEventListener("abort", release);
      attempt.abort();
      void (async () => values?.return?.())().catch(() => {}); // it has ended either way
      values = undefined;
    };
    signal.addEventListener("abort", release);
    try {
      values = await this.#open(attempt.signal, fence);
      let refused = false;
      while (!signal.aborted) {
        await this.#turns.take();
        const { done, value } = await values.next();
        if (done || signal.aborted) return;
        const accepted = await this.#publish(value, fence, refused);
        refused = !accepted;
        if (accepted) onPublished();
      }
    } finally {
      release();
    }
  }

  async #open(signal: AbortSignal, fence: Fence): Promise<AsyncIterator<Yielded>> {
    const [source, topic] = [this.#source, this.#topic];
    const opened =
      typeof source === "function"
        ? source({ topic, params: paramsOf(topic), latest: await this.#latest(), signal })
        : source;
    if (typeof opened !== "object" || opened === null || !(Symbol.asyncIterator in opened))
      throw new TypeError(NO_VALUES);
    if (opened instanceof Readers && this.#presence !== undefined) {
      return opened.countedBy(this.#presence, await this.#latest())[Symbol.asyncIterator]();
    }
    if (isResumable(opened)) return opened.from(await this.#checkpoint(fence))[Symbol.asyncIterator]();
    return (isWatching(opened) ? opened.looks() : opened)[Symbol.asyncIterator]();
  }

  /** A copy, since sources may change it, and the log's value is shared. */
  async #latest(): Promise<Json | undefined> {
    return structuredClone(await this.#outlet.latest(this.#topic));
  }

  /** The source's last checkpoint. Something is appended first, so that this node has surely read all that came before. */
  async #checkpoint(fence: Fence): Promise<string | undefined> {
    const [topic, outlet] = [this.#topic, this.#outlet];
    await outlet.publish([{ op: "touch", topic }], { fence });
    return (await outlet.record(topic)).checkpoint;
  }

  /** @returns false where the broker refused the value */
  async #publish(yielded: Yielded, fence: Fence, quiet: boolean): Promise<boolean> {
    try {
      if (yielded === UNCHANGED) {
        // After a refused value the topic holds the one before, which is not what the source has found.
        if (!quiet) await this.#outlet.confirm(this.#topic, { fence });
        return !quiet;
      }
      if (yielded instanceof CurrentValue) await this.#publishCurrent(yielded.value, fence);
      else if (yielded instanceof Checkpointed) await this.#publishCheckpointed(yielded, fence);
      else await this.#outlet.publish([{ topic: this.#topic, data: yielded, bounds: this.#bounds }], { fence });
      return true;
    } catch (error) {
      // The source goes on after a refused value, since the next one may be right; but not where it is the log that fails.
      if (!isRefusal(error)) throw error;
      this.#troubledBy(error);
      if (quiet) return false;
      this.#telling.tell(": a value was refused", error);
      // Its author is told at once. Visitors are not, for whom the next value may do.
      if (this.#telling.toMend(error) !== undefined) await this.#tellVisitors(fence, error);
      return false;
    }
  }

  async #publishCheckpointed({ checkpoint, value }: Checkpointed, fence: Fence): Promise<void> {
    const [topic, bounds] = [this.#topic, this.#bounds];
    const draft =
      value === undefined ? ({ op: "touch", topic, checkpoint } as const) : { topic, data: value, bounds, checkpoint };
    await this.#outlet.publish([draft], { fence });
  }

  /** Publishes a {@link CurrentValue}, unless the topic shows it already. */
  async #publishCurrent(value: Json | undefined, fence: Fence): Promise<void> {
    const topic = this.#topic;
    const { values, stale } = await this.#outlet.record(topic);
    const json = value === undefined ? undefined : JsonText.of(value);
    const same = [...values.values()].at(-1)?.json.text === json?.text;
    if (json === undefined) {
      if (!same || stale !== null) await this.#outlet.clear(topic, { fence });
    } else if (same) await this.#outlet.confirm(topic, { fence });
    else await this.#outlet.publish([{ topic, data: json, bounds: this.#bounds }], { fence });
  }
}

const NO_VALUES =
  "this function gives no values one after another, as a source does. Write: export default every(1000, () => …); or: export default async function* () { yield … }";

function paramsOf(topic: Topic): string[] {
  return topic.split("/").slice(1);
}

function isResumable(source: AsyncIterable<Yielded>): source is Resumable {
  return "from" in source;
}

function isWatching(source: AsyncIterable<Yielded>): source is Watching<Yielded> {
  return "looks" in source;
}

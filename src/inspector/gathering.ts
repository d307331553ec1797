import type { Broker } from "../engine/broker/broker.ts";
import type { Json } from "../engine/core/json.ts";
import { parseTopic, type Topic } from "../engine/core/topic.ts";
import type { FeatureParts } from "../engine/feature.ts";
import type { TopicRecord } from "../engine/log/record.ts";
import { LoopDelay } from "../engine/ops/loop-delay.ts";
import type { Metrics } from "../engine/ops/metrics.ts";
import type { Faults } from "./faults.ts";
import { beginning, type Newest, newestOf, type Passed, type Rates, Traffic } from "./traffic.ts";

export interface GatheringParts extends Pick<FeatureParts, "sources" | "actions" | "metrics" | "isPrivate" | "report"> {
  /** What is looked at. */
  readonly broker: Broker;
  /** What the figures are published to. */
  readonly own: Broker;
  /** Undefined where nobody may make any. */
  readonly faults: Faults | undefined;
  /** How often it looks; each second by default. */
  readonly everyMs?: number | undefined;
}

/** How many topics are listed: those in which most happens. */
const MAX_LISTED = 20;
/** Of more topics than these that are looked at, the others are not gone through. */
const MAX_LOOKED_AT = 10_000;
/** How much of what went wrong in a source is shown. */
const TROUBLE_CHARS = 160;

const FIGURES = parseTopic("figures");
const TOPICS = parseTopic("topics");
const FRAGMENTS = parseTopic("fragments");
const SOURCES = parseTopic("sources");
const ACTIONS = parseTopic("actions");
const FAULTS = parseTopic("faults");
const ALL = [FIGURES, TOPICS, FRAGMENTS, SOURCES, ACTIONS, FAULTS];

/** Looks once a second at what the server does, while somebody looks at that, and publishes it. */
export class Gathering {
  readonly #parts: GatheringParts;
  readonly #wanted = new Set<Topic>();
  /** While it looks. */
  #loop: LoopDelay | undefined;
  /** What was published last of what is published only when it has changed. */
  readonly #published = new Map<Topic, string>();
  #traffic: Traffic;
  /** The counts at the last look. */
  #before: Counts;
  #timer: NodeJS.Timeout | undefined;
  #publishing = false;

  constructor(parts: GatheringParts) {
    this.#parts = parts;
    this.#traffic = this.#newTraffic();
    this.#before = countsOf(parts.metrics);
    parts.own.onDemand((topic, wanted) => this.#demand(topic, wanted));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#loop?.stop();
    this.#loop = undefined;
    this.#parts.broker.observe(undefined);
  }

  /** Publishes at once what an action of the page's has changed. */
  async refresh(): Promise<void> {
    await this.#publish([...this.#status()]);
  }

  #demand(topic: Topic, wanted: boolean): void {
    if (wanted) this.#wanted.add(topic);
    else this.#wanted.delete(topic);
    if (this.#wanted.size === 0) this.stop();
    else if (this.#timer === undefined) this.#begin();
  }

  #begin(): void {
    this.#traffic = this.#newTraffic();
    this.#before = countsOf(this.#parts.metrics);
    this.#published.clear();
    this.#loop = new LoopDelay();
    this.#parts.broker.observe(this.#traffic);
    this.#timer = setInterval(() => this.#look(), this.#parts.everyMs ?? 1_000).unref();
    // What was seen when somebody looked before is of another time.
    void this.#publish(ALL.map((topic) => ({ topic, op: "clear" as const })));
    this.#look();
  }

  #newTraffic(): Traffic {
    return new Traffic(({ topic }) => this.#parts.isPrivate(topic));
  }

  #look(): void {
    // Where publishing takes over a second, the process has more to do than to look at itself.
    if (this.#publishing) return;
    this.#publishing = true;
    const passed = this.#traffic.take();
    const fragments = passed.fragments.map((fragment) => publication(FRAGMENTS, fragment));
    const topics = this.#changed(TOPICS, this.#topics(passed));
    const all = [publication(FIGURES, this.#figures(passed)), ...topics, ...this.#status(), ...fragments];
    void this.#publish(all).finally(() => {
      this.#publishing = false;
    });
  }

  async #publish(publications: Parameters<Broker["publish"]>[0]): Promise<void> {
    const { own, report } = this.#parts;
    if (publications.length === 0) return;
    await own.publish(publications).catch((error) => report("The inspector cannot show its figures", error));
  }

  #figures({ seconds }: Passed): object {
    const { broker, metrics } = this.#parts;
    const [before, now] = [this.#before, countsOf(metrics)];
    this.#before = now;
    const [values, deliveries, bytes] = [
      (now.publishes - before.publishes) / seconds,
      (now.deliveries - before.deliveries) / seconds,
      (now.bytes - before.bytes) / seconds,
    ];
    const { rss, heapUsed } = process.memoryUsage();
    const delay = this.#loop!.take().p99 * 1000;
    return { streams: broker.size, behind: broker.behind, values, deliveries, bytes, delay, rss, heapUsed };
  }

  #topics({ topics: rates, privately }: Passed): object {
    const { broker, isPrivate } = this.#parts;
    const rows = new Map<Topic, Row>([...rates].map(([topic, row]) => [topic, { topic, readers: 0, ...row }]));
    let own = 0;
    let looked = 0;
    for (const { topic, record, holders } of broker.shown) {
      if (++looked > MAX_LOOKED_AT) break;
      if (isPrivate(topic)) {
        own++;
        continue;
      }
      const { values = 0, renders = 0, newest } = rows.get(topic) ?? {};
      rows.set(topic, { topic, readers: holders, values, renders, newest, record });
    }
    // By name, so that no row jumps when another has more to do.
    const listed = [...rows.values()]
      .sort((a, b) => b.values - a.values || b.renders - a.renders || b.readers - a.readers)
      .slice(0, MAX_LISTED)
      .sort((a, b) => (a.topic < b.topic ? -1 : 1));
    return {
      listed: listed.map(shown),
      more: rows.size - listed.length,
      private: { topics: own, values: round(privately) },
    };
  }

  /** What changes seldom. A table that is published only then keeps still under a pointer that is about to press a button in it. */
  #status() {
    const { sources, actions, metrics, faults } = this.#parts;
    const stoppable = faults !== undefined;
    const ofSources = sources.statuses.map(({ trouble, ...source }) => ({
      ...source,
      trouble: told(trouble, stoppable),
    }));
    const ofActions = [...actions].map((name) => ({
      name,
      taken: metrics.actionsTaken.get(name),
      refused: metrics.actionsRefused.get(name),
      failed: metrics.actionFailures.get(name),
    }));
    return [
      ...this.#changed(SOURCES, { sources: ofSources, stoppable }),
      ...this.#changed(ACTIONS, { actions: ofActions }),
      ...(faults === undefined ? [] : this.#changed(FAULTS, faults.status)),
    ];
  }

  #changed(topic: Topic, data: object) {
    const text = JSON.stringify(data);
    if (this.#published.get(topic) === text) return [];
    this.#published.set(topic, text);
    return [publication(topic, data)];
  }
}

interface Row extends Rates {
  readonly topic: Topic;
  readonly readers: number;
  readonly newest: Newest | undefined;
  /** Of a topic that someone looks at, which has a newest value also where that was not seen to come. */
  readonly record?: TopicRecord;
}

/** A row as the page has it. Its value is looked up here, and not for each of the many that are not listed. */
function shown({ topic, readers, values, renders, newest, record }: Row): object {
  const value = record && [...record.values.values()].at(-1);
  return { topic, readers, values: round(values), renders: round(renders), newest: value ? newestOf(value) : newest };
}

type Counts = Pick<Metrics, "publishes" | "deliveries" | "bytes">;

function countsOf({ publishes, deliveries, bytes }: Metrics): Counts {
  return { publishes, deliveries, bytes };
}

/** What went wrong, for the page. Its words may name what is secret, such as an address with a password: authors alone read them. */
function told(trouble: { at: number; error: unknown } | undefined, isAuthor: boolean): object | undefined {
  if (trouble === undefined) return undefined;
  return { at: trouble.at, text: isAuthor ? beginning(String(trouble.error), TROUBLE_CHARS) : undefined };
}

/** As JSON would have it: what is undefined is left out. */
function publication(topic: Topic, data: object) {
  return { topic, data: JSON.parse(JSON.stringify(data)) as Json };
}

function round(rate: number): number {
  return Math.round(rate * 10) / 10;
}

import { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { Turns } from "../core/turns.ts";
import type { Widget } from "../core/widget.ts";
import type { Hub } from "../delivery/hub.ts";
import type { AppendOptions, Log } from "../log/log.ts";
import type { Draft, Stale, TopicRecord } from "../log/record.ts";
import { Metrics } from "../ops/metrics.ts";
import { Tracing } from "../ops/tracing.ts";
import { shownStale } from "../regions/stale.ts";
import { dryRun, type Publication, seesHistory } from "./dry-run.ts";

/** How long a publisher's answer waits for this node to show what was published. It is in the log then, either way. */
const SHOWN_MS = 1_000;

/** In the time after which a topic is stale, so many confirmations are appended at most. */
const CONFIRMS_IN_TIME = 3;

/** A publish of more values lets those that come after it go ahead: they would wait for all of its dry runs. */
const MAX_VALUES_IN_ORDER = 16;

/** A topic, as it was read from the log. */
export interface Reading {
  readonly kind: Widget["kind"];
  /** The log's id. */
  readonly log: string;
  /** The record holds everything up to this seq. */
  readonly seq: number;
  readonly record: TopicRecord;
  /** The notice that it shows, if it does. */
  readonly stale: Stale | null;
  /** The same, as a cursor: a stream that is opened with it sends each change that is not in the record. */
  readonly cursor: string;
}

/** The way into the log: each value is tried in a dry run, all are appended, and then it waits until this node shows them. */
export class Publisher {
  readonly #log: Log;
  readonly #hub: Hub;
  readonly #metrics: Metrics;
  readonly #tracing: Tracing;
  readonly #turns = new Turns();
  /** Settles once the publish before has been appended or refused; undefined where none is being tried. */
  #before: Promise<void> | undefined;

  constructor(log: Log, hub: Hub, metrics = new Metrics(), tracing = new Tracing()) {
    this.#log = log;
    this.#hub = hub;
    this.#metrics = metrics;
    this.#tracing = tracing;
  }

  publish(publications: readonly (Publication | Draft)[], options?: AppendOptions): Promise<string> {
    const [first] = publications;
    if (first === undefined) return this.#append([], options);
    const op = "op" in first ? first.op : "publish";
    return this.#tracing.change(op, first.topic, () => this.#publish(publications, options));
  }

  /**
   * Whoever publishes twice without waiting has both in that order. It has to be kept: between two of its values a publish may
   * lose its turn, which others that wait are given then.
   */
  async #publish(publications: readonly (Publication | Draft)[], options?: AppendOptions): Promise<string> {
    const before = this.#before;
    let [settled, settle]: [Promise<void> | undefined, () => void] = [undefined, () => {}];
    /** To be called before it waits: until then nothing can overtake it, and most need not wait at all. */
    const hold = () => {
      if (settled !== undefined || publications.length > MAX_VALUES_IN_ORDER) return;
      settled = new Promise((resolve) => {
        settle = resolve;
      });
      this.#before = settled;
    };
    try {
      const drafts: Draft[] = [];
      for (const [index, publication] of publications.entries()) {
        if (!this.#turns.isMine) {
          hold();
          await this.#turns.take();
        }
        try {
          if ("op" in publication) drafts.push(publication);
          else {
            let record: TopicRecord | undefined;
            if (seesHistory(publication.topic, this.#hub.renderer)) {
              hold();
              record = await this.record(publication.topic);
            }
            drafts.push(dryRun(publication, this.#hub.renderer, record, this.#metrics));
          }
        } catch (error) {
          if (error instanceof Problem && publications.length > 1) error.index = index;
          return this.refuse(error, options);
        }
      }
      if (before !== undefined) {
        hold();
        await before;
      }
      return this.#append(drafts, options);
    } finally {
      settle(); // the append has been called by now, and is not waited for
      if (settled !== undefined && this.#before === settled) this.#before = undefined;
    }
  }

  /** @throws Problem 404 `topic_unknown` */
  change(draft: Draft, options?: AppendOptions): Promise<string> {
    return this.#tracing.change(draft.op, draft.topic, async () => {
      try {
        this.#hub.renderer.widget(draft.topic);
      } catch (error) {
        return this.refuse(error, options);
      }
      return this.#append([draft], options);
    });
  }

  /**
   * Says that what a topic holds was looked up, and is still so. It is appended only where its page would else become stale,
   * or is: a source may look many times a second.
   * @throws Problem 404 `topic_unknown`, and those of {@link Log.append}
   */
  async confirm(topic: Topic, options?: AppendOptions): Promise<void> {
    const staleAfterMs = this.#hub.renderer.staleAfterMs(topic);
    const record = await this.record(topic);
    const sinceMs = this.#log.now() - record.confirmedAt;
    const isFresh = staleAfterMs === undefined || sinceMs < staleAfterMs / CONFIRMS_IN_TIME;
    if (isFresh && record.stale === null) return;
    await this.change({ op: "touch", topic, confirms: true }, options);
  }

  /** What is known of a topic now, whether or not someone looks at it. */
  async record(topic: Topic): Promise<TopicRecord> {
    return this.#hub.topics.get(topic)?.record ?? (await this.#log.read(topic));
  }

  /**
   * A topic as the log has it now, which on many nodes may be ahead of what this one shows.
   * @throws Problem 404 `topic_unknown`, and those of {@link Log.read}
   */
  async current(topic: Topic): Promise<Reading> {
    const { kind } = this.#hub.renderer.widget(topic);
    for (;;) {
      const { id: log } = this.#log;
      const { position } = this.#hub;
      const shown = position.log === log ? position.seq : 0;
      const record = await this.#log.read(topic);
      if (this.#log.id !== log) continue; // replaced meanwhile: it may be a record of either
      const seq = Math.max(shown, record.seq, record.ended);
      const stale = shownStale(record, this.#hub.renderer.staleAfterMs(topic));
      return { kind, log, seq, record, stale, cursor: this.#hub.cursor(seq, log) };
    }
  }

  /** As {@link current}, once this node shows it. */
  async read(topic: Topic): Promise<Reading> {
    const reading = await this.current(topic);
    await this.#hub.position.waitFor(reading, SHOWN_MS);
    return reading;
  }

  /** Throws, unless it is a retry that was accepted before: that gets its first answer, though it would be refused by now. */
  async refuse(error: unknown, options?: AppendOptions): Promise<string> {
    if (options?.key === undefined || !(error instanceof Problem)) throw error;
    return this.#append([], { ...options, refusal: error });
  }

  #append(drafts: readonly Draft[], options?: AppendOptions): Promise<string> {
    return this.#tracing.append(drafts.length, async (appended) => {
      const began = performance.now();
      const seq = await this.#log.append(drafts, options);
      appended(seq);
      this.#metrics.appends.add((performance.now() - began) / 1000);
      const { id: log } = this.#log;
      // Read back: the publisher sees its own write. It is durable either way.
      const { position } = this.#hub;
      if (!position.shows(log, seq)) await position.waitFor({ log, seq }, SHOWN_MS);
      return this.#hub.cursor(seq, log);
    });
  }
}

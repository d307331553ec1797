import type { Json } from "../core/json.ts";
import { newNodeName } from "../core/nodes.ts";
import type { Region } from "../core/region.ts";
import type { ItemName, Topic } from "../core/topic.ts";
import type { Renderer } from "../core/widget.ts";
import type { AskingPage, News } from "../delivery/asking.ts";
import type { TrafficObserver } from "../delivery/fan-out.ts";
import { Hub } from "../delivery/hub.ts";
import type { Liveness } from "../delivery/liveness.ts";
import type { ReaderCounts } from "../delivery/reader-counts.ts";
import { Streams, type Subscription } from "../delivery/streams.ts";
import type { Sink, Subscriber } from "../delivery/subscriber.ts";
import type { AppendOptions, Log } from "../log/log.ts";
import type { Draft, Entry, TopicRecord } from "../log/record.ts";
import { Sweeper } from "../log/sweeper.ts";
import { report } from "../ops/logger.ts";
import { Metrics } from "../ops/metrics.ts";
import { Tracing } from "../ops/tracing.ts";
import type { LiveTopic } from "../topics/live-topic.ts";
import type { DemandListener } from "../topics/live-topics.ts";
import type { Publication } from "./dry-run.ts";
import { FirstPaint } from "./first-paint.ts";
import { Publisher, type Reading } from "./publisher.ts";
import { StaleMarker } from "./stale-marker.ts";
import { type NextValue, type UpdateOptions, Updater } from "./updater.ts";

export interface BrokerParts {
  readonly log: Log;
  readonly renderer: Renderer;
  /** Milliseconds between two heartbeats of a stream; 7,000 by default. */
  readonly heartbeatMs?: number | undefined;
  /** Milliseconds between two looks at what has become too old; 30,000 by default. */
  readonly sweepMs?: number | undefined;
  /** This node's name among those that share the log. */
  readonly node?: string | undefined;
  /** Milliseconds between two questions to a page whether it is still there; 11,000 by default. */
  readonly askMs?: number | undefined;
  /**
   * Called with errors that no caller gets, such as a template that throws on a value which it took when that was published.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
}

/**
 * The front of all that publishes, reads and streams: routes, sources and features know only this. It takes what is published,
 * and sends each update to its subscribers; nothing reaches them that is not in the log first.
 */
export class Broker {
  readonly #log: Log;
  readonly #hub: Hub;
  readonly #publisher: Publisher;
  readonly #staleMarker: StaleMarker;
  readonly #updater: Updater;
  readonly #firstPaint: FirstPaint;
  readonly #streams: Streams;
  readonly #sweeper: Sweeper;

  static async open(parts: BrokerParts): Promise<Broker> {
    const broker = new Broker(parts);
    await broker.#hub.follow(broker.#streams);
    return broker;
  }

  private constructor(parts: BrokerParts) {
    const { log, renderer, heartbeatMs, sweepMs = 30_000, onError = report, metrics = new Metrics() } = parts;
    const { node = newNodeName(), askMs = 11_000, tracing = new Tracing() } = parts;
    this.#log = log;
    this.#hub = new Hub(log, renderer, onError, metrics, tracing);
    this.#publisher = new Publisher(log, this.#hub, metrics, tracing);
    this.#staleMarker = new StaleMarker({ hub: this.#hub, log, publisher: this.#publisher, onError });
    this.#updater = new Updater(this.#publisher);
    this.#firstPaint = new FirstPaint(this.#hub, this.#staleMarker);
    this.#streams = new Streams({ hub: this.#hub, heartbeatMs, node, askMs });
    this.#sweeper = new Sweeper(log, sweepMs, onError);
  }

  /**
   * Appends all or none, and resolves once this node shows it. A draft, such as a removal, is appended as it is.
   * @returns the cursor of the last
   * @throws Problem 404 `topic_unknown`, 400 `item_invalid`, 422 `render_failed` or `fragment_too_large`, and those of
   *   {@link Log.append}; with several publications its `index` tells which
   */
  publish(publications: readonly (Publication | Draft)[], options?: AppendOptions): Promise<string> {
    return this.#publisher.publish(publications, options);
  }

  /**
   * Changes what a topic, or a named item, holds: calls `next` with it, and publishes what that returns where it is still held;
   * else it calls `next` again with what is held by then. So no change is lost, however many are made at once on however many
   * nodes. Where `next` returns undefined, nothing is published; what `next` throws is thrown.
   * @returns the cursor of what was published, or where nothing was, of what was read
   * @throws Problem 400 `item_missing` for a list without an item, 429 `update_contended`, and those of {@link publish}; Error
   *   where `next` takes over 5 s
   */
  update(topic: Topic, next: NextValue, options?: UpdateOptions): Promise<string> {
    return this.#updater.update(topic, next, options);
  }

  /** Takes a named item away. */
  remove(topic: Topic, item: ItemName, options?: AppendOptions): Promise<string> {
    return this.#publisher.change({ op: "remove", topic, item }, options);
  }

  /** Empties a topic, durably. */
  clear(topic: Topic, options?: AppendOptions): Promise<string> {
    return this.#publisher.change({ op: "clear", topic }, options);
  }

  /** Says that the topic has ended: nothing more will come, until the next publish. */
  end(topic: Topic, options?: AppendOptions): Promise<string> {
    return this.#publisher.change({ op: "end", topic }, options);
  }

  /** Says to visitors, in a sentence, why no new value comes, until the next publish. */
  stale(topic: Topic, reason: string, options?: AppendOptions): Promise<string> {
    return this.#publisher.change({ op: "stale", topic, reason }, options);
  }

  /**
   * Says that what a topic holds was looked up, and is still so: its pages do not become stale, and no more are. Nothing else
   * of what they show changes.
   */
  confirm(topic: Topic, options?: AppendOptions): Promise<void> {
    return this.#publisher.confirm(topic, options);
  }

  /** The present cursor. A page takes it before it reads its first region; else what comes in between would be missed. */
  cursor(): string {
    return this.#hub.cursor(this.#hub.position.seq);
  }

  /**
   * As {@link html}, where nothing has to be waited for: the topic is in memory, has something to show, and is not stale. Else
   * undefined.
   */
  htmlNow(region: Region): string | undefined {
    return this.#firstPaint.htmlNow(region);
  }

  /** What a region shows now, for the first paint of a page. @throws Problem 404 `topic_unknown`, 400 `region_invalid` */
  html(region: Region): Promise<string> {
    return this.#firstPaint.html(region);
  }

  /** As {@link html}, without starting the topic's source; undefined where there is nothing to show. */
  still(region: Region): Promise<string | undefined> {
    return this.#firstPaint.still(region);
  }

  /** The newest value of a topic, if it has one, for nobody to change. @throws Problem 404 `topic_unknown` */
  async latest(topic: Topic): Promise<Json | undefined> {
    this.#hub.renderer.widget(topic);
    return [...(await this.record(topic)).values.values()].at(-1)?.json.value;
  }

  /**
   * What a topic holds, as the log has it now and this node shows it: what is to be changed is read so, and the change then
   * published with `expect`.
   * @throws Problem 404 `topic_unknown`, 503 `broker_unavailable`
   */
  async read(topic: Topic): Promise<Reading> {
    const reading = await this.#publisher.read(topic);
    return (await this.#staleMarker.mark(topic, reading.record)) ? this.#publisher.read(topic) : reading;
  }

  /** What is known of a topic, of whatever name, for nobody to change. */
  record(topic: Topic): Promise<TopicRecord> {
    return this.#publisher.record(topic);
  }

  /** Whether all of these topics have ended: nothing more comes, until the next publish. */
  haveEnded(topics: readonly Topic[]): boolean | Promise<boolean> {
    const goesOn = (topic: Topic) => this.#hub.topics.get(topic)?.record.ended === 0;
    return !topics.some(goesOn) && this.#haveAllEnded(topics);
  }

  async #haveAllEnded(topics: readonly Topic[]): Promise<boolean> {
    const records = await Promise.all(topics.map((topic) => this.record(topic)));
    return records.every(({ ended }) => ended > 0);
  }

  /** Calls the listener with each entry of a topic. It does not count as a reader. @returns a function that ends it */
  watch(topic: Topic, listener: (entry: Entry) => void): () => void {
    return this.#hub.topics.watch(topic, listener);
  }

  /** Resolves when there is something to show of the topic that is not stale, or after `ms`. */
  waitForValue(topic: Topic, ms: number): Promise<void> {
    return this.#firstPaint.waitForValue(topic, ms);
  }

  /** @throws Problem 404 `topic_unknown`, 400 `region_invalid` to a program, before anything is written */
  subscribe(subscription: Subscription, sink: Sink): Promise<Subscriber> {
    return this.#streams.open(subscription, sink);
  }

  /** What is new on an open page that is not live just now, and asks. @throws Problem 503 `broker_unavailable` */
  news(page: AskingPage): Promise<News> {
    return this.#streams.news(page);
  }

  /** Tells a page that is caught up how its stream is, and `data` besides. */
  tell(subscriber: Subscriber, data: string): void {
    this.#streams.beat([subscriber], data);
  }

  /**
   * Calls the listener when a topic gets its first reader (a stream, or a page that is being made), and when it has had none
   * for a few seconds.
   */
  onDemand(listener: DemandListener): void {
    this.#hub.topics.onDemand(listener);
  }

  /**
   * Says that those who look at a topic on this node are about to leave for good: its source then stops with the last of them,
   * and not a few seconds later.
   */
  dismiss(topic: Topic): void {
    this.#hub.topics.dismiss(topic);
  }

  /** Whether someone looks at a topic on this node, or did a few seconds ago. */
  hasReaders(topic: Topic): boolean {
    return this.#hub.topics.hasReaders(topic);
  }

  /** How many read which topic on this node. */
  get readers(): ReaderCounts {
    return this.#streams.readers;
  }

  /** Finds out which of the pages on this node are still there. */
  get liveness(): Liveness {
    return this.#streams.liveness;
  }

  /** How many streams are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** How many of them are behind: their sockets were full, and they have not been sent all there is yet. */
  get behind(): number {
    return this.#hub.fanOut.behind;
  }

  /** How many topics are in memory, since someone looks at them or did a few seconds ago. */
  get topics(): number {
    return this.#hub.topics.size;
  }

  /** Whether the log can be reached just now. */
  get isReachable(): boolean {
    return this.#hub.position.reachable;
  }

  /** Whether the log can be reached, and takes what is published. */
  get isLogWell(): boolean {
    return this.isReachable && !this.#log.isBroken;
  }

  /** The topics that someone looks at on this node, each with its record, for nobody to change. */
  get shown(): Iterable<Pick<LiveTopic, "topic" | "record" | "holders">> {
    return this.#hub.topics;
  }

  /** Tells one observer what passes through this node; undefined ends that. */
  observe(observer: TrafficObserver | undefined): void {
    this.#hub.fanOut.observer = observer;
  }

  /** Puts other templates in place: every region of every page is rendered anew. */
  refresh(renderer: Renderer): void {
    this.#streams.refresh(renderer);
  }

  /** Shows a template's mistake on every page; "" takes it away. */
  notify(text: string): void {
    this.#streams.notify(text);
  }

  /** Ends all streams, spread over `ms`. Those that come meanwhile are told to come back later. */
  drain(ms: number): Promise<void> {
    return this.#streams.drain(ms);
  }

  async close(): Promise<void> {
    this.#hub.stop();
    this.#streams.stop();
    await Promise.all([this.#sweeper.stop(), this.#staleMarker.stop()]);
    await this.#log.close();
  }
}

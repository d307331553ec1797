import { type Cursor, formatCursor } from "../core/cursor.ts";
import type { Region } from "../core/region.ts";
import type { Renderer } from "../core/widget.ts";
import type { Log } from "../log/log.ts";
import type { Entry } from "../log/record.ts";
import { Metrics, type ResetReason } from "../ops/metrics.ts";
import { Tracing } from "../ops/tracing.ts";
import type { Content, HtmlContent } from "../regions/content.ts";
import { GoneContent } from "../regions/gone.ts";
import type { LiveTopic } from "../topics/live-topic.ts";
import { LiveTopics } from "../topics/live-topics.ts";
import { LogReplacement } from "../topics/log-replacement.ts";
import { Position } from "../topics/position.ts";
import { FanOut } from "./fan-out.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import type { Group } from "./group.ts";

/** What a stream sends: `html` to pages, `json` to programs (`&as=json`). */
export type StreamFormat = "html" | "json";

/** The open streams, as far as the log concerns them. */
export interface OpenStreams {
  /** Another log has taken the old one's place: every reader is sent every region anew. */
  resetAll(why: ResetReason): void;
  /** Called when the log can no longer be reached (false), or can again (true). */
  reachable(is: boolean): void;
}

/**
 * What this node shows now. Follows the log, keeps the topics that someone looks at up to date, and fans out their updates.
 *
 * An entry goes `#apply` → the topic's record and contents → `flush`, at once or a little later → `fanOut` → sockets.
 */
export class Hub {
  readonly topics: LiveTopics;
  readonly fanOut: FanOut;
  readonly position: Position;
  readonly metrics: Metrics;
  readonly #log: Log;
  readonly #tracing: Tracing;
  readonly #onError: (error: unknown) => void;
  readonly #scheduler = new FlushScheduler(() => this.flush());
  #renderer: Renderer;
  /** The contents that have changed since the last flush. */
  #dirty = new Set<Content>();
  /** Another log, from when it has taken the place of the one that this node shows until this node shows it, too. */
  #replacement: LogReplacement | undefined;

  constructor(
    log: Log,
    renderer: Renderer,
    onError: (error: unknown) => void,
    metrics = new Metrics(),
    tracing = new Tracing(),
  ) {
    this.#log = log;
    this.#renderer = renderer;
    this.#onError = onError;
    this.metrics = metrics;
    this.#tracing = tracing;
    this.fanOut = new FanOut(metrics);
    this.position = new Position(log);
    this.topics = new LiveTopics(log, this.position);
  }

  get renderer(): Renderer {
    return this.#renderer;
  }

  /** Begins to follow the log. To be called once, before anything else. */
  async follow(streams: OpenStreams): Promise<void> {
    const head = await this.#log.follow((entries) => this.#apply(entries), {
      replaced: (head) => void this.#replace(head, streams),
      reachable: (is) => {
        this.position.reachable = is;
        if (!is) this.metrics.logLosses++;
        streams.reachable(is);
      },
    });
    this.position.advance(head);
  }

  /** Sends everything that is pending to all who are caught up, so that they have everything up to the seq that it returns. */
  readonly flush = (): number => {
    const { seq } = this.position;
    const dirty = this.#dirty;
    if (dirty.size === 0) return seq;
    this.#dirty = new Set();
    this.#scheduler.flushed();
    this.#tracing.flush(this.metrics, () => this.fanOut.deliver(dirty, seq, this.cursor));
    return seq;
  };

  /** The cursor, as it is sent to readers, for a seq. */
  readonly cursor = (seq: number, log = this.position.log): string => {
    const { views, shell } = this.#renderer;
    return formatCursor({ log, views, shell, seq });
  };

  /**
   * Why a reader may not go on from a cursor; undefined where it may, since that is of this log, no newer than what this node has,
   * and of these templates.
   */
  mistrust({ log, views, seq }: Cursor, as: StreamFormat): ResetReason | undefined {
    if (log !== this.position.log) return "other_log";
    if (seq > this.position.seq) return "ahead";
    return as === "html" && views !== this.#renderer.views ? "other_views" : undefined;
  }

  /** What a region shows, as HTML. */
  html(region: Region, liveTopic: LiveTopic): HtmlContent {
    return liveTopic.html(region, {
      renderer: this.#renderer,
      cursor: this.cursor,
      onError: this.#onError,
      metrics: this.metrics,
    });
  }

  /**
   * What a region shows, in either format. A page's region that these templates do not know says that it is gone.
   * @throws Problem 404 `topic_unknown`, 400 `region_invalid` to a program
   */
  content(as: StreamFormat, region: Region, liveTopic: LiveTopic): Content {
    try {
      this.#renderer.check(region);
    } catch (error) {
      if (as === "html") return new GoneContent(region, this.#renderer);
      throw error;
    }
    return as === "json" ? liveTopic.json(this.#renderer, this.cursor) : this.html(region, liveTopic);
  }

  /** Renders everything anew, with other templates. The caller then resets all streams. */
  rerender(renderer: Renderer): void {
    this.flush();
    this.#renderer = renderer;
    for (const liveTopic of this.topics) liveTopic.rerender();
    for (const group of this.fanOut) this.fanOut.swap(group, this.#contentsOf(group));
  }

  stop(): void {
    this.#replacement?.abandon();
    this.#scheduler.stop();
  }

  /**
   * Another log has taken this one's place. Until all that this node shows has been read from it, the node goes on showing the
   * old one, with cursors of the old one; then it switches in one step, so that what is sent and its cursor are always of one
   * log.
   */
  async #replace(head: number, streams: OpenStreams): Promise<void> {
    this.#replacement?.abandon();
    const replacement = new LogReplacement(this.#log.id, head);
    this.#replacement = replacement;
    this.position.logReplaced();
    const records = await replacement.read(this.topics.names(), (topic) => this.#log.read(topic));
    if (records === undefined) return;
    this.#replacement = undefined;
    this.#dirty = new Set(); // changes of the old log: none of them is sent any more
    this.topics.replace(records);
    for (const entry of replacement.entries) this.topics.apply(entry);
    for (const group of this.fanOut) this.fanOut.swap(group, this.#contentsOf(group));
    this.position.switchTo(replacement.id, replacement.seq);
    streams.resetAll("log_replaced");
  }

  /** The contents of a group's regions, made anew. Those that cannot be made are left out. */
  #contentsOf({ as, regions }: Group): Content[] {
    return regions.flatMap((region) => {
      const liveTopic = this.topics.get(region.topic);
      try {
        return liveTopic === undefined ? [] : [this.content(as, region, liveTopic)];
      } catch (error) {
        this.#onError(error);
        return [];
      }
    });
  }

  #apply(entries: readonly Entry[]): void {
    if (this.#replacement !== undefined) {
      this.#replacement.add(entries);
      return;
    }
    this.fanOut.observer?.read(entries);
    let urgent = false;
    for (const entry of entries) {
      if (entry.op === "publish") this.metrics.publishes++;
      const applied = this.topics.apply(entry);
      let shows = false;
      for (const content of applied?.dirty ?? []) {
        this.#dirty.add(content);
        shows = true;
      }
      if (shows) this.#tracing.applied(entry.seq);
      urgent ||= applied?.urgent ?? false;
    }
    const newest = entries.at(-1);
    if (newest !== undefined) this.position.advance(newest.seq);
    if (this.#dirty.size > 0) this.#scheduler.request(urgent);
  }
}

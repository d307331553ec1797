import { type Cursor, formatCursor } from "../core/cursor.ts";
import type { Region } from "../core/region.ts";
import type { Renderer } from "../core/widget.ts";
import type { Log } from "../log/log.ts";
import type { Entry } from "../log/record.ts";
import type { Content, HtmlContent } from "../regions/content.ts";
import { GoneContent } from "../regions/gone.ts";
import type { LiveTopic } from "../topics/live-topic.ts";
import { LiveTopics } from "../topics/live-topics.ts";
import { LogReplacement } from "../topics/log-replacement.ts";
import { Position } from "../topics/position.ts";
import { FanOut } from "./fan-out.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import type { Group } from "./group.ts";

export type As = "html" | "json";

/** What open streams are told of the log's fate. */
export interface LogWatcher {
  /** Another log is in the old one's place: whoever reads is sent everything afresh. */
  startOver(): void;
  /** Whether the log can be reached now; told when that changes. */
  reachable(is: boolean): void;
}

/** What this node shows now: follows the log, renders what someone looks at, and fans it out. */
export class Hub {
  readonly topics: LiveTopics;
  readonly fanOut = new FanOut();
  readonly position: Position;
  readonly #log: Log;
  readonly #onError: (error: unknown) => void;
  readonly #scheduler = new FlushScheduler(() => this.flush());
  #renderer: Renderer;
  #dirty = new Set<Content>();
  /** The log that takes this one's place, until this node shows it. */
  #replacement: LogReplacement | undefined;

  constructor(log: Log, renderer: Renderer, onError: (error: unknown) => void) {
    this.#log = log;
    this.#renderer = renderer;
    this.#onError = onError;
    this.position = new Position(log);
    this.topics = new LiveTopics(log, this.position);
  }

  get renderer(): Renderer {
    return this.#renderer;
  }

  async follow(streams: LogWatcher): Promise<void> {
    const head = await this.#log.follow((entries) => this.#apply(entries), {
      replaced: (head) => void this.#replace(head, streams),
      reachable: (is) => {
        this.position.reachable = is;
        streams.reachable(is);
      },
    });
    this.position.advance(head);
  }

  /** Brings everyone who is caught up to the newest entry. @returns its seq */
  readonly flush = (): number => {
    const { seq } = this.position;
    const dirty = this.#dirty;
    if (dirty.size === 0) return seq;
    this.#dirty = new Set();
    this.#scheduler.flushed();
    this.fanOut.deliver(dirty, seq, this.cursor);
    return seq;
  };

  readonly cursor = (seq: number, log = this.position.log): string => formatCursor({ ...this.#names(), log, seq });

  /** Whether a cursor is of this log, no newer than what this node has, and rendered with today's templates. */
  knows({ log, views, seq }: Cursor, as: As): boolean {
    const here = this.#names();
    return log === here.log && seq <= this.position.seq && (as === "json" || views === here.views);
  }

  html(region: Region, liveTopic: LiveTopic): HtmlContent {
    return liveTopic.html(region, { renderer: this.#renderer, cursor: this.cursor, onError: this.#onError });
  }

  /** @throws Problem 404 `topic_unknown`, 400 `region_invalid` for programs; a page's region says that it is gone */
  content(as: As, region: Region, liveTopic: LiveTopic): Content {
    try {
      this.#renderer.check(region);
    } catch (error) {
      if (as === "html") return new GoneContent(region, this.#renderer);
      throw error;
    }
    return as === "json" ? liveTopic.json(this.#renderer, this.cursor) : this.html(region, liveTopic);
  }

  /** Other templates: all that was rendered is rendered anew. */
  refresh(renderer: Renderer): void {
    this.flush();
    this.#renderer = renderer;
    for (const liveTopic of this.topics) liveTopic.refresh();
    for (const group of this.fanOut) this.fanOut.swap(group, this.#recast(group));
  }

  stop(): void {
    this.#replacement?.abandon();
    this.#scheduler.stop();
  }

  /**
   * Another log is in this one's place. Until all that this node shows has been read from it, it goes on showing what it
   * knew, under the old log's name; then it changes in one step, so that no cursor covers what it does not belong to.
   */
  async #replace(head: number, streams: LogWatcher): Promise<void> {
    this.#replacement?.abandon();
    const replacement = new LogReplacement(this.#log.id, head);
    this.#replacement = replacement;
    this.position.replaced();
    const records = await replacement.read(this.topics.names(), (topic) => this.#log.read(topic));
    if (records === undefined) return;
    this.#replacement = undefined;
    this.#dirty = new Set(); // of the old log: nothing of it is sent any more
    this.topics.replace(records);
    for (const entry of replacement.entries) this.topics.apply(entry);
    for (const group of this.fanOut) this.fanOut.swap(group, this.#recast(group));
    this.position.settle(replacement.id, replacement.seq);
    streams.startOver();
  }

  /** The same regions in today's templates. */
  #recast({ as, regions }: Group): Content[] {
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
    let urgent = false;
    for (const entry of entries) {
      const applied = this.topics.apply(entry);
      for (const content of applied?.dirty ?? []) this.#dirty.add(content);
      urgent ||= applied?.urgent ?? false;
    }
    const newest = entries.at(-1);
    if (newest !== undefined) this.position.advance(newest.seq);
    if (this.#dirty.size > 0) this.#scheduler.request(urgent);
  }

  #names() {
    return { log: this.position.log, views: this.#renderer.views, shell: this.#renderer.shell };
  }
}

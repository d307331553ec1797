import type { Content, HtmlContent } from "../content/content.ts";
import { GoneContent } from "../content/gone.ts";
import { type Cursor, formatCursor } from "../cursor.ts";
import type { Log } from "../log/log.ts";
import type { Entry } from "../log/record.ts";
import type { Region } from "../region.ts";
import type { Audience } from "../stream/audience.ts";
import { FanOut } from "../stream/fan-out.ts";
import type { Streams } from "../stream/streams.ts";
import type { Renderer } from "../widget.ts";
import { Frames } from "./frames.ts";
import type { Mirror } from "./mirror.ts";
import { Mirrors } from "./mirrors.ts";
import { Position } from "./position.ts";
import { Successor } from "./successor.ts";

export type As = "html" | "json";

/** What open streams are told of the log's fate. */
type Told = Pick<Streams, "startOver" | "reachable">;

/** What this node shows now: follows the log, renders what someone looks at, and fans it out. */
export class Live {
  readonly mirrors: Mirrors;
  readonly fanOut = new FanOut();
  readonly position: Position;
  readonly #log: Log;
  readonly #onError: (error: unknown) => void;
  readonly #frames = new Frames(() => this.flush());
  #renderer: Renderer;
  #dirty = new Set<Content>();
  /** The log that takes this one's place, until this node shows it. */
  #successor: Successor | undefined;

  constructor(log: Log, renderer: Renderer, onError: (error: unknown) => void) {
    this.#log = log;
    this.#renderer = renderer;
    this.#onError = onError;
    this.position = new Position(log);
    this.mirrors = new Mirrors(log, this.position);
  }

  get renderer(): Renderer {
    return this.#renderer;
  }

  async follow(streams: Told): Promise<void> {
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
    this.#frames.flushed();
    this.fanOut.deliver(dirty, seq, this.cursor);
    return seq;
  };

  readonly cursor = (seq: number, log = this.position.log): string => formatCursor({ ...this.#names(), log, seq });

  /** Whether a cursor is of this log, no newer than what this node has, and rendered with today's templates. */
  knows({ log, views, seq }: Cursor, as: As): boolean {
    const here = this.#names();
    return log === here.log && seq <= this.position.seq && (as === "json" || views === here.views);
  }

  html(region: Region, mirror: Mirror): HtmlContent {
    return mirror.html(region, { renderer: this.#renderer, cursor: this.cursor, onError: this.#onError });
  }

  /** @throws Problem 404 `topic_unknown`, 400 `region_invalid` for programs; a page's region says that it is gone */
  content(as: As, region: Region, mirror: Mirror): Content {
    try {
      this.#renderer.check(region);
    } catch (error) {
      if (as === "html") return new GoneContent(region, this.#renderer);
      throw error;
    }
    return as === "json" ? mirror.json(this.#renderer, this.cursor) : this.html(region, mirror);
  }

  /** Other templates: all that was rendered is rendered anew. */
  refresh(renderer: Renderer): void {
    this.flush();
    this.#renderer = renderer;
    for (const mirror of this.mirrors) mirror.refresh();
    for (const audience of this.fanOut) this.fanOut.swap(audience, this.#recast(audience));
  }

  stop(): void {
    this.#successor?.abandon();
    this.#frames.stop();
  }

  /**
   * Another log is in this one's place. Until all that this node shows has been read from it, it goes on showing what it
   * knew, under the old log's name; then it changes in one step, so that no cursor covers what it does not belong to.
   */
  async #replace(head: number, streams: Told): Promise<void> {
    this.#successor?.abandon();
    const successor = new Successor(this.#log.id, head);
    this.#successor = successor;
    this.position.replaced();
    const records = await successor.read(this.mirrors.topics(), (topic) => this.#log.read(topic));
    if (records === undefined) return;
    this.#successor = undefined;
    this.#dirty = new Set(); // of the old log: nothing of it is sent any more
    this.mirrors.replace(records);
    for (const entry of successor.entries) this.mirrors.apply(entry);
    for (const audience of this.fanOut) this.fanOut.swap(audience, this.#recast(audience));
    this.position.settle(successor.id, successor.seq);
    streams.startOver();
  }

  /** The same regions in today's templates. */
  #recast({ as, regions }: Audience): Content[] {
    return regions.flatMap((region) => {
      const mirror = this.mirrors.get(region.topic);
      try {
        return mirror === undefined ? [] : [this.content(as, region, mirror)];
      } catch (error) {
        this.#onError(error);
        return [];
      }
    });
  }

  #apply(entries: readonly Entry[]): void {
    if (this.#successor !== undefined) {
      this.#successor.add(entries);
      return;
    }
    let urgent = false;
    for (const entry of entries) {
      const applied = this.mirrors.apply(entry);
      for (const content of applied?.dirty ?? []) this.#dirty.add(content);
      urgent ||= applied?.urgent ?? false;
    }
    const newest = entries.at(-1);
    if (newest !== undefined) this.position.advance(newest.seq);
    if (this.#dirty.size > 0) this.#frames.request(urgent);
  }

  #names() {
    return { log: this.position.log, views: this.#renderer.views, shell: this.#renderer.shell };
  }
}

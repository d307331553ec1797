import type { Content, HtmlContent } from "../content/content.ts";
import { type Cursor, formatCursor } from "../cursor.ts";
import type { Log } from "../log/log.ts";
import type { Entry } from "../log/record.ts";
import type { Region } from "../region.ts";
import type { Audience } from "../stream/audience.ts";
import { FanOut } from "../stream/fan-out.ts";
import type { Renderer } from "../widget.ts";
import { Frames } from "./frames.ts";
import type { Mirror } from "./mirror.ts";
import { Mirrors } from "./mirrors.ts";
import { Position } from "./position.ts";

export type As = "html" | "json";

/** What this node shows now: follows the log, renders what someone looks at, and fans it out. */
export class Live {
  readonly mirrors: Mirrors;
  readonly fanOut = new FanOut();
  readonly position = new Position();
  readonly #log: Log;
  readonly #onError: (error: unknown) => void;
  readonly #frames = new Frames(() => this.flush());
  #renderer: Renderer;
  #dirty = new Set<Content>();

  constructor(log: Log, renderer: Renderer, onError: (error: unknown) => void) {
    this.#log = log;
    this.#renderer = renderer;
    this.#onError = onError;
    this.mirrors = new Mirrors(log, (seq) => this.position.reached(seq));
  }

  get renderer(): Renderer {
    return this.#renderer;
  }

  async follow(): Promise<void> {
    this.position.advance(await this.#log.follow((entries) => this.#apply(entries)));
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

  readonly cursor = (seq: number): string => formatCursor({ ...this.#names(), seq });

  /** Whether a cursor is of this log, no newer than what this node has, and rendered with today's templates. */
  knows({ log, views, seq }: Cursor, as: As): boolean {
    const here = this.#names();
    return log === here.log && seq <= this.position.seq && (as === "json" || views === here.views);
  }

  html(region: Region, mirror: Mirror): HtmlContent {
    return mirror.html(region, { renderer: this.#renderer, cursor: this.cursor, onError: this.#onError });
  }

  content(as: As, region: Region, mirror: Mirror): Content {
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
    this.#frames.stop();
  }

  /** The same regions in today's templates; one that they do not have any more is left as it is on the page. */
  #recast({ as, regions }: Audience): Content[] {
    return regions.flatMap((region) => {
      const mirror = this.mirrors.get(region.topic);
      try {
        this.#renderer.check(region);
        return mirror === undefined ? [] : [this.content(as, region, mirror)];
      } catch (error) {
        this.#onError(error);
        return [];
      }
    });
  }

  #apply(entries: readonly Entry[]): void {
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
    return { log: this.#log.id, views: this.#renderer.views, shell: this.#renderer.shell };
  }
}

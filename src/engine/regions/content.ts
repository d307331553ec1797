import type { Region } from "../core/region.ts";
import type { Renderer } from "../core/widget.ts";
import type { Change, Entry, TopicRecord } from "../log/record.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { CatchUpPart, Chunk, Progress } from "./chunk.ts";
import type { Update } from "./update.ts";

/**
 * What one region shows now. There is one for each region on this node, however many readers it has, so that everything is
 * rendered once for all of them.
 *
 * The order of calls: `apply` for each log entry of the topic, which only records that something changed, then one
 * `takeUpdates`, which renders it. All other methods may be called only between a `takeUpdates` and the next `apply`: then what
 * they give agrees with what the readers who were sent all updates have on their screens.
 */
export interface Content {
  readonly region: Region;
  /** The seq of the last entry that changed what it shows; 0 if there never was one. */
  readonly seq: number;
  /** Whether its topic has ended: nothing comes before the next publish. */
  readonly ended: boolean;
  /** How many groups of subscribers show it, kept by the fan-out. With none it is dropped at the next `apply`, unrendered. */
  groupCount: number;
  /**
   * @returns whether readers should get it now (true), or at the end of the flush interval, coalesced with what follows (false)
   */
  apply(change: Change, entry: Entry): boolean;
  /**
   * The updates for all that `apply` has recorded since the last call, in log order.
   * @returns undefined where no update can say it: each reader is then to be caught up with `nextChunk`
   */
  takeUpdates(): Update[] | undefined;
  /**
   * What a reader that has everything up to `seq` missed, entry by entry, each part with the seq of its entry.
   * @returns undefined where that is not known any more, or for pages, which are sent chunks instead
   */
  entriesSince(seq: number): CatchUpPart[] | undefined;
  /**
   * The next chunk for a reader that catches up; called again with the progress that it gave, until that has reached `seq`.
   * @param progress how far the reader is; undefined where that is not known, or where it may have something newer: the first
   * chunk then replaces all that it has
   */
  nextChunk(progress: Progress | undefined): Chunk;
}

/** A content that is HTML, and so can be part of a page. */
export interface HtmlContent extends Content {
  /** The inside of the region's element. */
  html(): string;
}

/** What the contents that are HTML are made from. */
export interface HtmlParts {
  readonly region: Region;
  /** What is known of the topic. It is shared, and is changed in place as entries arrive, before `apply` is called. */
  readonly record: TopicRecord;
  readonly renderer: Renderer;
  /** The cursor, as it is sent to readers, for a seq. */
  readonly cursor: (seq: number) => string;
  /** Called when a template throws on a value that it took when that was published. */
  readonly onError: (error: unknown) => void;
  readonly metrics: Metrics;
}

import type { Region } from "../core/region.ts";
import type { Renderer } from "../core/widget.ts";
import type { Change, Entry, TopicRecord } from "../log/record.ts";
import type { CatchUpPart, Chunk, Progress } from "./chunk.ts";
import type { Update } from "./update.ts";

/**
 * What one region shows now: the same for every page, so rendered once for all of them.
 *
 * `apply` only notes a change; `take` renders what was noted. Everything else is asked only when nothing is noted, and so
 * agrees with what every reader that has been sent all updates now sees.
 */
export interface Content {
  readonly region: Region;
  /** The last change of what it shows; 0 if there never was one. */
  readonly seq: number;
  /** Whether its topic has ended. */
  readonly ended: boolean;
  /** How many groups it has. Where there are none, nothing is rendered for it. */
  readers: number;
  /** @returns whether readers should be told at once, and not at the next frame */
  apply(change: Change, entry: Entry): boolean;
  /** The updates that were noted, in order, and forgets them. Undefined where readers are to be caught up instead. */
  take(): Update[] | undefined;
  /** What a reader that has everything up to `since` lacks, each with its own seq, or undefined where that cannot be told. */
  entries(since: number): CatchUpPart[] | undefined;
  /**
   * The next chunk of what a reader lacks, so that what waits for a reader stays small however much it lacks.
   * @param progress where the reader is; undefined where that is not known, or it may have something newer
   */
  next(progress: Progress | undefined): Chunk;
}

/** A content that is HTML, and so can be part of a page. */
export interface HtmlContent extends Content {
  html(): string;
}

/** What a content that is HTML is made of. */
export interface HtmlParts {
  readonly region: Region;
  /** What is known of its topic. Others fold into it. */
  readonly record: TopicRecord;
  readonly renderer: Renderer;
  readonly cursor: (seq: number) => string;
  /** Told of a template that throws on a value that it had taken. */
  readonly onError: (error: unknown) => void;
}

import type { Json } from "../core/json.ts";
import type { Region } from "./region.ts";
import type { Topic } from "./topic.ts";

/** What the front matter of a template says of its widget. */
export interface Widget {
  readonly name: string;
  /** `state`: each update replaces the content. `log`: each update appends one item. */
  readonly kind: "state" | "log";
  /** log: how many items every page shows. */
  readonly keep: number;
  /** How many values of a topic the log retains, so that a fresh page can be rendered. */
  readonly retain: number;
  /** Whether its regions may have params, so that a value may render to nothing in some of them. */
  readonly filtered: boolean;
}

/** One value as its template sees it. */
export interface Sight {
  readonly data: Json;
  /** Earlier values of a state topic, oldest first. */
  readonly history: readonly Json[];
  /** Milliseconds since 1970, from the log: a template reads no clock, so that a fresh render is the same render. */
  readonly at: number;
  /** log: the id that the template puts on its root element. */
  readonly id?: string;
}

/**
 * How values become HTML: what the broker is given, so that it knows neither Eta nor htmx.
 * All HTML comes back trimmed, so that the gaps between items do not pile up as text nodes.
 */
export interface Renderer {
  /** A hash of all templates that make fragments: with another one, every region must be reset. */
  readonly views: string;
  /** A hash of the layout and the pages: with another one, an open page should be reloaded. */
  readonly shell: string;
  /** @throws Problem 404 `topic_unknown`, with a "did you mean" */
  widget(topic: Topic): Widget;
  /** @throws Problem 404 `topic_unknown`, 400 `region_invalid` if the widget does not declare such params */
  check(region: Region): void;
  /** @throws Problem 422 `render_failed` (file and line in `cause`), 422 `fragment_too_large` */
  fragment(region: Region, sight: Sight): string;
  /** What a region shows before its first value. */
  waiting(region: Region): string;
  /**
   * What stands in the place of a value that was taken once and that the present template cannot render, the same for every
   * page. @param id of a log's item, for the element that it needs
   */
  unshowable(region: Region, at: number, error: unknown, id?: string): string;
  /** What a region says when nothing will bring its next value. */
  stale(region: Region, since: number, reason: string): string;
  /** What a region says that these templates do not have, on a page that was rendered with others. */
  gone(region: Region): string;
  /**
   * A partial that tells the page how its stream is: alive, alive while the log is away, or ended.
   * @param cursor where the page is
   */
  pulse(health: "alive" | "away" | "ended", cursor?: string): string;
  /** A partial for the page's notice; an empty text takes it away. */
  notice(text: string): string;
}

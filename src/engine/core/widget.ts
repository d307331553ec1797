import type { Json, JsonText } from "./json.ts";
import type { Region } from "./region.ts";
import type { Topic } from "./topic.ts";

/** What the front matter of a template says of its widget. */
export interface Widget {
  readonly name: string;
  /** `state`: each update replaces the content. `log`: each update appends one item. */
  readonly kind: "state" | "log";
  /** log: how many items each page shows at most. */
  readonly keep: number;
  /** How many values of a topic the log retains, so that a fresh page can be rendered. */
  readonly retain: number;
  /** Whether its regions may have params: then a value may render to nothing in some of them. */
  readonly filtered: boolean;
  /** Refuses what its schema does not take; undefined where it has none. @throws Problem 422 `value_invalid`, `schema_failed` */
  readonly checkValue?: ((json: JsonText) => void) | undefined;
}

/** One value, as its template is given it. */
export interface RenderInput {
  readonly data: Json;
  /** Earlier values of a state topic, oldest first. */
  readonly history: readonly Json[];
  /** When it was published, in milliseconds since 1970. Templates read no clock, so that a fresh render gives the same HTML. */
  readonly at: number;
  /** log: the id that the template puts on its root element. */
  readonly id?: string;
  /** log: the item's name, where its publisher gave it one. */
  readonly item?: string | undefined;
}

/** What a page says of itself: by the name of the words, or a mistake in its templates, for their author; "" for nothing. */
export type Notice = "" | "data_away" | "newer_page" | "other_tabs" | "held_back" | { readonly mistake: string };

/**
 * How values become HTML. The broker is given one, and so knows no template: `views/views.ts` is the one that there is.
 * All HTML comes back trimmed, so that the gaps between items do not pile up as text nodes.
 */
export interface Renderer {
  /** A hash of all templates that make fragments. Where it has changed, every region has to be reset. */
  readonly views: string;
  /** A hash of the layout and the pages. Where it has changed, an open page should be reloaded. */
  readonly shell: string;
  /** The widget that shows a topic. @throws Problem 404 `topic_unknown`, with a "did you mean" */
  widget(topic: Topic): Widget;
  /** After how long a topic to which nothing new comes is stale; undefined where that is no matter. */
  staleAfterMs(topic: Topic): number | undefined;
  /**
   * Throws for a region that cannot be shown.
   * @throws Problem 404 `topic_unknown`, 400 `region_invalid` if its params are not declared
   */
  check(region: Region): void;
  /** The HTML of one value. @throws Problem 422 `render_failed` (file and line in `cause`), 422 `fragment_too_large` */
  fragment(region: Region, sight: RenderInput): string;
  /** A partial that brings a region of kind state, on an open page, to this HTML of its inside. */
  fill(region: Region, html: string): string;
  /** What a region shows before its first value. */
  waiting(region: Region): string;
  /**
   * What stands in the place of a value that was accepted once, and that the present template cannot render. It is the same for
   * every page. @param at when it was published @param id of an item, for its element
   */
  unshowable(region: Region, at: number, error: unknown, id?: string): string;
  /** What a region says that is stale. @param since in milliseconds since 1970 @param reason "" where none is known */
  stale(region: Region, since: number, reason: string): string;
  /** What a region says that these templates do not have, on an open page that was rendered with others. */
  gone(region: Region): string;
  /**
   * A partial that tells the page how its stream is: alive; alive, but the log is away; or ended.
   * @param cursor how far the page is
   */
  pulse(health: "alive" | "away" | "ended", cursor?: string): string;
  /** A partial that gives a page the id of its stream, by which it says that it is still there. */
  streamId(id: string): string;
  /** A partial for the page's notice; "" takes it away. */
  notice(said: Notice): string;
}

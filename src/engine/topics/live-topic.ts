import { MapRenewal } from "../core/map-renewal.ts";
import type { Region } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Renderer } from "../core/widget.ts";
import { type Entry, fold, type TopicRecord } from "../log/record.ts";
import type { Content, HtmlContent, HtmlParts } from "../regions/content.ts";
import { JsonContent } from "../regions/json.ts";
import { ListContent } from "../regions/list.ts";
import { StateContent } from "../regions/state.ts";

/** No region's name. */
const JSON_KEY = " as JSON";

/**
 * This node's copy of one topic while someone looks at it: its record, kept up to date by the log's entries, and the contents
 * of its regions, which are made of that. `LiveTopics` makes it, counts its holders and drops it.
 */
export class LiveTopic {
  readonly topic: Topic;
  #record: TopicRecord;
  readonly #renewal = new MapRenewal();
  /** How many need it: open streams that show the topic, and pages that are being made. */
  holders = 0;
  /** When it last lost a holder, in milliseconds since 1970. */
  idleSince = Date.now();
  /** Whether it is dropped together with its last holder, and not a few seconds later. */
  dropAtOnce = false;
  /** Those that are HTML by their region's name. */
  #contents = new Map<string, Content>();

  constructor(topic: Topic, record: TopicRecord) {
    this.topic = topic;
    this.#record = record;
  }

  get record(): TopicRecord {
    return this.#record;
  }

  /**
   * Brings the record up to date. Contents that nobody shows any more are dropped.
   * @returns the contents that may now have updates, and whether readers should get these now, or at the end of the flush
   * interval
   */
  apply(entry: Entry): { dirty: Iterable<Content>; urgent: boolean } {
    // The record was read when this entry was in the log already.
    if (entry.seq <= Math.max(this.record.seq, this.record.ended)) return { dirty: [], urgent: false };
    const change = fold(this.record, entry);
    if (change === undefined) return { dirty: [], urgent: false };
    if (change.kind === "added") {
      this.record.values = this.#renewal.of(this.record.values, change.value.evicted.length);
    }
    let urgent = false;
    for (const [key, content] of this.#contents) {
      if (content.groupCount === 0) this.#contents.delete(key);
      else if (content.apply(change, entry)) urgent = true;
    }
    return { dirty: this.#contents.values(), urgent };
  }

  /** The region's content as HTML: the same object each time, made when it is first asked for. */
  html(region: Region, parts: Omit<HtmlParts, "region" | "record">): HtmlContent {
    const known = this.#contents.get(region.name);
    if (known !== undefined) return known as HtmlContent;
    const kind = parts.renderer.widget(region.topic).kind === "log" ? ListContent : StateContent;
    return this.#keep(region.name, new kind({ region, record: this.record, ...parts }));
  }

  /** The topic's content as JSON, for programs: the same object each time. */
  json(renderer: Renderer, cursor: (seq: number) => string): Content {
    return (
      this.#contents.get(JSON_KEY) ?? this.#keep(JSON_KEY, new JsonContent(this.topic, this.#record, renderer, cursor))
    );
  }

  /**
   * Drops all contents, to be made anew: with other templates, or from the record of a log that has replaced the one before.
   */
  rerender(record = this.#record): void {
    this.#record = record;
    this.#contents.clear();
  }

  #keep<Kind extends Content>(key: string, content: Kind): Kind {
    this.#contents.set(key, content);
    return content;
  }
}

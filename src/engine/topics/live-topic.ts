import type { Region } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Renderer } from "../core/widget.ts";
import { type Entry, fold, type TopicRecord } from "../log/record.ts";
import type { Content, HtmlContent, HtmlParts } from "../regions/content.ts";
import { JsonContent } from "../regions/json.ts";
import { ListContent } from "../regions/list.ts";
import { StateContent } from "../regions/state.ts";

/** This node's copy of one topic while someone looks at it, and the contents that are made of it. */
export class LiveTopic {
  readonly topic: Topic;
  #record: TopicRecord;
  /** Readers of the topic, and pages that are being made. None for a while: the live topic is let go. */
  holders = 0;
  idleSince = Date.now();
  /** Whether it is let go with its last holder, and not a while later. */
  dismissed = false;
  #contents = new Map<string, Content>();

  constructor(topic: Topic, record: TopicRecord) {
    this.topic = topic;
    this.#record = record;
  }

  get record(): TopicRecord {
    return this.#record;
  }

  /** @returns the contents that have something to tell, and whether they should at once */
  apply(entry: Entry): { dirty: Iterable<Content>; urgent: boolean } {
    // What the record was read with is already in it.
    if (entry.seq <= Math.max(this.record.seq, this.record.ended)) return { dirty: [], urgent: false };
    const change = fold(this.record, entry);
    let urgent = false;
    for (const [key, content] of this.#contents) {
      if (content.readers === 0) this.#contents.delete(key);
      else if (content.apply(change, entry)) urgent = true;
    }
    return { dirty: this.#contents.values(), urgent };
  }

  html(region: Region, parts: Pick<HtmlParts, "renderer" | "cursor" | "onError">): HtmlContent {
    return this.#content(`html ${region.name}`, () => {
      const kind = parts.renderer.widget(region.topic).kind === "log" ? ListContent : StateContent;
      return new kind({ region, record: this.record, ...parts });
    });
  }

  json(renderer: Renderer, cursor: (seq: number) => string): Content {
    const coalesced = renderer.widget(this.topic).kind === "state";
    return this.#content("json", () => new JsonContent(this.topic, this.record, coalesced, cursor));
  }

  /** Drops what was rendered, to be rendered anew: by other templates, or from the record of a log that has replaced its own. */
  refresh(record = this.#record): void {
    this.#record = record;
    this.#contents.clear();
  }

  #content<Kind extends Content>(key: string, make: () => Kind): Kind {
    const content = (this.#contents.get(key) as Kind | undefined) ?? make();
    this.#contents.set(key, content);
    return content;
  }
}

import { fill } from "../core/partial.ts";
import type { Region } from "../core/region.ts";
import { forAuthor, forVisitors } from "../core/stale-reason.ts";
import { type Topic, widgetOf } from "../core/topic.ts";
import type { Notice } from "../core/widget.ts";
import type { Words } from "../words/words.ts";
import { type AskingBeatParts, askingBeat, type WhyAsked } from "./asking-beat.ts";
import { type Reason, told } from "./forms/forms.ts";
import * as elements from "./page/page-elements.ts";
import * as signs from "./region-signs.ts";
import type { WidgetView } from "./widget-view.ts";

/** What open pages are told, and what stands in regions in place of values: all that a site says in words of its own. */
export abstract class PageSigns {
  readonly words: Words;
  /** The path below which the site is. */
  protected readonly base: string;
  abstract readonly widgets: ReadonlyMap<string, WidgetView>;
  /** Whether who looks is the author, and so is told what there is to mend. */
  protected abstract readonly toAuthor: boolean;
  /** @throws Problem 404 `topic_unknown` */
  abstract widget(topic: Topic): WidgetView;
  /** The address of what shows that the stream broke. */
  protected abstract broken(): string;

  constructor(words: Words, base: string) {
    this.words = words;
    this.base = base;
  }

  pulse(health: elements.Health, cursor?: string): string {
    return elements.pulse(elements.beat(this.words, health, this.broken(), cursor));
  }

  streamId(id: string): string {
    return elements.streamId(id);
  }

  notice(said: Notice): string {
    return elements.notice(this.words, said);
  }

  /** Tells an open page that asks for what is new why it has to, and has it ask again. */
  askingBeat(asked: WhyAsked, parts: AskingBeatParts): string {
    return askingBeat(this.words, asked, parts);
  }

  /** Has an open page ask for its stream again, with another seal. */
  renewal(): string {
    return elements.renewal(this.base);
  }

  /** Tells an open page why a widget's button was refused; with "" that none was. */
  refused(reason: Reason): string {
    return elements.refused(this.words, reason);
  }

  /** Tells a form of an open page why it was refused, or that it was taken. */
  told(reason?: Reason): string {
    return told(this.words, reason);
  }

  /** What a region shows that has no value and waits for none. */
  nothing(region: Region): string {
    return signs.nothing(this.words, this.widget(region.topic));
  }

  stale(region: Region, since: number, reason: string): string {
    const shown = this.toAuthor ? forAuthor(reason) : forVisitors(reason);
    return signs.stale(this.words, this.widget(region.topic).element, since, shown);
  }

  gone(region: Region): string {
    return signs.gone(this.words, this.#elementOf(region));
  }

  /** Says in the place of regions of an open page that they may not be shown there any more. */
  withheld(regions: readonly Region[]): string {
    return regions.map((region) => fill(region.id, signs.withheld(this.words, this.#elementOf(region)))).join("");
  }

  /** Also of a widget that a deploy has taken away. */
  #elementOf({ topic }: Region): string {
    return this.widgets.get(widgetOf(topic))?.element ?? "div";
  }
}

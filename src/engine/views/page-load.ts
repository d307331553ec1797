import { type Region, regionOf } from "../core/region.ts";
import { parseTopic, secretSegment, type Topic } from "../core/topic.ts";
import { type FormTarget, PageForms, REGION_IN_FORM } from "./action-forms.ts";
import type { CardSite } from "./cards.ts";
import type { Reason } from "./forms.ts";
import { type CutHtml, type Filling, type MarkKind, markOf } from "./kept-page.ts";
import { PageBudget } from "./page-budget.ts";
import type { RegionElement } from "./region-element.ts";
import type { Aging } from "./without-script.ts";

/** Reads what a region shows now, as HTML: at once where that is in memory. Starts its source. */
export type Fill = (region: Region) => string | Promise<string>;
/** Reads it without starting its source; undefined where there is nothing to show. */
export type Still = (region: Region) => string | undefined | Promise<string | undefined>;
/** Whether nothing more comes to any of these topics. */
export type HaveEnded = (topics: readonly Topic[]) => boolean | Promise<boolean>;
/** Those of some topics that the page's visitor may not read, and why: none of them is read for the page. */
export type DeniedTopics = (topics: readonly Topic[]) => Promise<ReadonlyMap<Topic, Reason>>;

/** How regions and forms are put into a page. */
export interface RegionParts extends FormTarget {
  /** The region of this topic without params, where the topic is a widget's own. */
  readonly ownRegion: (topic: unknown) => Region | undefined;
  /** Throws for a region that no template renders. */
  readonly check: (region: Region) => void;
  /** A region's element, with its HTML in it; without HTML it says that there is nothing yet. */
  readonly element: (region: Region, html: string | undefined) => RegionElement;
  /** What a region shows for which the page has no room. */
  readonly late: (region: Region) => string;
  /** What a region shows that its visitor may not see. */
  readonly denial: (region: Region, why: Reason) => string;
  readonly cards: CardSite;
}

export interface PageLoadParts {
  readonly fill: Fill;
  readonly still: Still;
  /** None by default. */
  readonly denied?: DeniedTopics | undefined;
  /** By default something may come. */
  readonly haveEnded?: HaveEnded | undefined;
  /** The page's own, where it is shown at another. */
  readonly address?: string | undefined;
  /** Gives what `once()` is; by default an id that the server does not know again. */
  readonly newId?: (() => string) | undefined;
  /** Gives what tells the next press of a form from every other; by default a mark, whose place is filled with the regions'. */
  readonly newPress?: (() => string) | undefined;
}

/** A region of the page, and how it is read. */
interface RegionMark {
  readonly region: Region;
  readonly read: Still;
}

/**
 * One load of a page. Its template is rendered with `live`, `still` and `once`; then `filling` reads all regions, for
 * the places of their marks.
 */
export class PageLoad {
  readonly forms: PageForms;
  readonly #site: RegionParts;
  readonly #parts: PageLoadParts;
  #live: Region[] = [];
  readonly #regions: RegionMark[] = [];
  readonly #makers: (() => string)[] = [];
  #isWhole = true;
  #aging: Aging = "lasting";
  #id: string | undefined;

  constructor(site: RegionParts, parts: PageLoadParts) {
    this.#site = site;
    this.#parts = parts;
    const { address, newPress = () => this.part(secretSegment) } = parts;
    this.forms = new PageForms(site, { address, newPress });
  }

  /** The regions that the page's stream is opened for: without those that its visitor may not see, once there is its `filling`. */
  get regions(): readonly Region[] {
    return this.#live;
  }

  /** Whether there was room for all of them: known after `filling`. If not, the page's stream brings the others. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What becomes of it without a script: known after `filling`. */
  get aging(): Aging {
    return this.#aging;
  }

  /** `live()` as templates see it. */
  readonly live = (topic: unknown, params?: Record<string, unknown>): string =>
    this.liveRegion("live", topic, params).html;

  /** The same for another helper, which is told of the region. @param call the helper's name */
  liveRegion(call: string, topic: unknown, params?: Record<string, unknown>): { html: string; region: Region } {
    const region = this.#place(call, topic, params);
    this.#live.push(region);
    return { html: this.#mark("region", this.#regions.push({ region, read: this.#parts.fill })), region };
  }

  /** `still()` as templates see it: a region as it is now, which may join the page's stream later. */
  readonly still = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("still", topic, params);
    return this.#mark("region", this.#regions.push({ region, read: this.#parts.still }));
  };

  /** `once()` as templates see it: an id of this load alone. */
  readonly once = (): string => {
    this.#id ??= (this.#parts.newId ?? secretSegment)();
    return this.#id;
  };

  /** A mark for HTML that is known only once all regions are read, or that is this load's alone. */
  part(make: () => string): string {
    return this.#mark("part", this.#makers.push(make));
  }

  /** Reads all regions that may be read. @param page what the marks are in */
  async filling(page: CutHtml): Promise<Filling> {
    const denied = await this.#parts.denied?.(this.#regions.map(({ region }) => region.topic));
    if (denied !== undefined) this.#live = this.#live.filter(({ topic }) => !denied.has(topic));
    const read = this.#regions.map(({ region, read }) => {
      const why = denied?.get(region.topic);
      return why === undefined ? read(region) : this.#site.denial(region, why);
    });
    // Where all are in memory there is nothing to wait for.
    const htmls = read.some((html) => html instanceof Promise)
      ? await Promise.all(read)
      : (read as (string | undefined)[]);
    const budget = new PageBudget();
    const regions = this.#regions.map(({ region }, i) => this.#element(region, htmls[i], budget));
    this.#aging = await this.#agingOf([page, ...regions]);
    return { regions, parts: this.#makers.map((make) => make()) };
  }

  #element(region: Region, html: string | undefined, budget: PageBudget): RegionElement {
    if (html === undefined || budget.take(html)) return this.#site.element(region, html);
    if (this.#live.includes(region)) this.#isWhole = false;
    return this.#site.element(region, this.#site.late(region));
  }

  async #agingOf(all: readonly { readonly isTypedInto: boolean }[]): Promise<Aging> {
    const { haveEnded, address } = this.#parts;
    const topics = this.#live.map(({ topic }) => topic);
    if (topics.length === 0 || (await haveEnded?.(topics))) return "lasting";
    // The answer to a form would be asked for where there is none to be had but by sending it.
    return address !== undefined || all.some(({ isTypedInto }) => isTypedInto) ? "snapshot" : "refreshed";
  }

  #mark(kind: MarkKind, count: number): string {
    return markOf(kind, count - 1);
  }

  #place(call: string, topic: unknown, params?: Record<string, unknown>): Region {
    if (this.forms.isOpen) throw new Error(`${call}(): ${REGION_IN_FORM}`);
    const own = params === undefined ? this.#site.ownRegion(topic) : undefined;
    const region = own ?? regionOf(parseTopic(String(topic)), params);
    if (this.#regions.some((shown) => shown.region.name === region.name))
      throw new Error(`${call}(): the region ${region.name} is on this page already`);
    if (own === undefined) this.#site.check(region); // at the line of the template that calls this
    return region;
  }
}

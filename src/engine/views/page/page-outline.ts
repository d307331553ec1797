import { type Region, regionOf } from "../../core/region.ts";
import { parseTopic, secretSegment } from "../../core/topic.ts";
import { type FormTarget, PageForms, REGION_IN_FORM } from "../forms/action-forms.ts";
import type { Reason } from "../forms/forms.ts";
import type { Aging } from "../forms/without-script.ts";
import type { CardSite } from "./cards.ts";
import { type MarkKind, markOf } from "./page-marks.ts";
import type { RegionElement } from "./region-element.ts";

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
  /** What keeps newer templates from being used, or "", for every page to show. By default none does. */
  readonly mistake?: (() => string) | undefined;
}

export interface PageOutlineParts {
  /** The page's own, where it is shown at another. */
  readonly address?: string | undefined;
  /** The id of this visitor; by another name, another one. A random one by default. */
  readonly visitor?: ((name?: string) => string) | undefined;
  /** Gives what `once()` is; by default an id that the server does not know again. */
  readonly newId?: (() => string) | undefined;
  /** Gives what tells the next press of a form from every other; by default a mark, whose place is filled with the regions'. */
  readonly newPress?: (() => string) | undefined;
}

/** What is known of one load of a page once its regions are read. */
export interface LoadState {
  /** The regions that its stream is opened for: without those that its visitor may not see. */
  readonly regions: readonly Region[];
  /** What becomes of it without a script. */
  readonly aging: Aging;
  /** Where it is; undefined where its stream has to bring everything. */
  readonly cursor: string | undefined;
  /** Of those of its regions that are for pages alone, if there are any. */
  readonly seal: string | undefined;
}

/** A region of the page. Of one that is not live no source is started. */
interface RegionMark {
  readonly region: Region;
  readonly isLive: boolean;
}

/**
 * What is on a page, as its template and the layout turned out to say: while they run, it gives them `live`, `still`, ids and
 * forms. It is the same for each load of which they would make the same.
 */
export class PageOutline {
  readonly forms: PageForms;
  readonly #site: RegionParts;
  readonly #parts: PageOutlineParts;
  readonly #regions: RegionMark[] = [];
  readonly #live: Region[] = [];
  readonly #makers: ((load: LoadState) => string)[] = [];
  #id: string | undefined;
  #hasIds = false;

  constructor(site: RegionParts, parts: PageOutlineParts = {}) {
    this.#site = site;
    this.#parts = parts;
    const { address, newPress = () => this.part(secretSegment) } = parts;
    this.forms = new PageForms(site, { address, newPress });
  }

  /** In the order of the page. */
  get regions(): readonly RegionMark[] {
    return this.#regions;
  }

  /** Those that its stream is opened for. */
  get liveRegions(): readonly Region[] {
    return this.#live;
  }

  /** What makes its parts, in the order of their marks. */
  get makers(): readonly ((load: LoadState) => string)[] {
    return this.#makers;
  }

  /** Whether it may have ids in it of one load, or of one visitor. */
  get hasIds(): boolean {
    return this.#hasIds;
  }

  /** `live()` as templates see it. */
  readonly live = (topic: unknown, params?: Record<string, unknown>): string =>
    this.liveRegion("live", topic, params).html;

  /** The same for another helper, which is told of the region. @param call the helper's name */
  liveRegion(call: string, topic: unknown, params?: Record<string, unknown>): { html: string; region: Region } {
    const region = this.#place(call, topic, params);
    this.#live.push(region);
    return { html: this.#mark("region", this.#regions.push({ region, isLive: true })), region };
  }

  /** `still()` as templates see it: a region as it is now, which may join the page's stream later. */
  readonly still = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("still", topic, params);
    return this.#mark("region", this.#regions.push({ region, isLive: false }));
  };

  /** `once()` as templates see it: an id of this load alone. */
  readonly once = (): string => {
    this.#hasIds = true;
    this.#id ??= (this.#parts.newId ?? secretSegment)();
    return this.#id;
  };

  /** `visitor()` as templates see it. */
  readonly visitor = (name?: string): string => {
    this.#hasIds = true;
    return (this.#parts.visitor ?? secretSegment)(name);
  };

  /** A mark for HTML that is known only once all regions are read, or that is one load's alone. */
  part(make: (load: LoadState) => string): string {
    return this.#mark("part", this.#makers.push(make));
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

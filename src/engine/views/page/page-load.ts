import type { Region } from "../../core/region.ts";
import type { Topic } from "../../core/topic.ts";
import type { Reason } from "../forms/forms.ts";
import type { Aging } from "../forms/without-script.ts";
import { PageBudget } from "./page-budget.ts";
import type { Seal } from "./page-elements.ts";
import type { CutHtml, Filling } from "./page-marks.ts";
import type { LoadState, PageOutline, RegionParts } from "./page-outline.ts";
import type { RegionElement } from "./region-element.ts";

/** Reads what a region shows now, as HTML: at once where that is in memory. Starts its source. */
export type Fill = (region: Region) => string | Promise<string>;
/** Reads it without starting its source; undefined where there is nothing to show. */
export type Still = (region: Region) => string | undefined | Promise<string | undefined>;
/** Whether nothing more comes to any of these topics. */
export type HaveEnded = (topics: readonly Topic[]) => boolean | Promise<boolean>;
/** Those of some topics that the page's visitor may not read, and why: none of them is read for the page. */
export type DeniedTopics = (topics: readonly Topic[]) => Promise<ReadonlyMap<Topic, Reason>>;

export interface PageLoadParts {
  readonly fill: Fill;
  /** `fill` by default. */
  readonly still?: Still | undefined;
  /** None by default. */
  readonly denied?: DeniedTopics | undefined;
  /** By default something may come. */
  readonly haveEnded?: HaveEnded | undefined;
  /** The page's own, where it is shown at another. */
  readonly address?: string | undefined;
  /** Where it is, if it lacks nothing. */
  readonly cursor: string;
  readonly seal?: Seal | undefined;
}

/** One load of a page. `filling` reads all regions, for the places of their marks, and then makes what is of this load. */
export class PageLoad implements LoadState {
  readonly #site: RegionParts;
  readonly #outline: PageOutline;
  readonly #parts: PageLoadParts;
  #live: readonly Region[];
  #isWhole = true;
  #aging: Aging = "lasting";

  constructor(site: RegionParts, outline: PageOutline, parts: PageLoadParts) {
    this.#site = site;
    this.#outline = outline;
    this.#parts = parts;
    this.#live = outline.liveRegions;
  }

  get regions(): readonly Region[] {
    return this.#live;
  }

  get aging(): Aging {
    return this.#aging;
  }

  /** None where there was no room for all of its regions. */
  get cursor(): string | undefined {
    return this.#isWhole ? this.#parts.cursor : undefined;
  }

  get seal(): string | undefined {
    return this.#parts.seal?.(this.#live);
  }

  /** Reads all regions that may be read. @param page what the marks are in */
  async filling(page: CutHtml): Promise<Filling> {
    const { fill, still = fill, denied } = this.#parts;
    const marks = this.#outline.regions;
    const reasons = denied && (await denied(marks.map(({ region }) => region.topic)));
    if (reasons !== undefined) this.#live = this.#live.filter(({ topic }) => !reasons.has(topic));
    const read = marks.map(({ region, isLive }) => {
      const why = reasons?.get(region.topic);
      if (why !== undefined) return this.#site.denial(region, why);
      return isLive ? fill(region) : still(region);
    });
    // Where all are in memory there is nothing to wait for.
    const htmls = read.some((html) => html instanceof Promise)
      ? await Promise.all(read)
      : (read as (string | undefined)[]);
    const budget = new PageBudget();
    const regions = marks.map(({ region }, i) => this.#element(region, htmls[i], budget));
    const ended = this.#haveEnded();
    const isOver = typeof ended === "boolean" ? ended : await ended;
    this.#aging = isOver
      ? "lasting"
      : this.#agingOf(page.isTypedInto || regions.some(({ isTypedInto }) => isTypedInto));
    return { regions, parts: this.#outline.makers.map((make) => make(this)) };
  }

  #element(region: Region, html: string | undefined, budget: PageBudget): RegionElement {
    if (html === undefined || budget.take(html)) return this.#site.element(region, html);
    if (this.#live.includes(region)) this.#isWhole = false;
    return this.#site.element(region, this.#site.late(region));
  }

  #haveEnded(): boolean | Promise<boolean> {
    const topics = this.#live.map(({ topic }) => topic);
    return topics.length === 0 || (this.#parts.haveEnded?.(topics) ?? false);
  }

  #agingOf(isTypedInto: boolean): Aging {
    // The answer to a form would be asked for where there is none to be had but by sending it.
    return this.#parts.address !== undefined || isTypedInto ? "snapshot" : "refreshed";
  }
}

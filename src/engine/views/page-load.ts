import { randomBytes } from "node:crypto";
import { type Region, regionOf } from "../core/region.ts";
import { parseTopic, secretSegment, type Topic } from "../core/topic.ts";
import { type FormTarget, PageForms, REGION_IN_FORM } from "./action-forms.ts";
import type { Reason } from "./forms.ts";
import { PageBudget } from "./page-budget.ts";
import { type Aging, isTypedInto } from "./without-script.ts";

/** Reads what a region shows now, as HTML. Starts its source. */
export type Fill = (region: Region) => Promise<string>;
/** Reads it without starting its source; undefined where there is nothing to show. */
export type Still = (region: Region) => Promise<string | undefined>;
/** Whether nothing more comes to any of these topics. */
export type HaveEnded = (topics: readonly Topic[]) => Promise<boolean>;
/** Those of some topics that the page's visitor may not read, and why: none of them is read for the page. */
export type DeniedTopics = (topics: readonly Topic[]) => Promise<ReadonlyMap<Topic, Reason>>;

/** How regions and forms are put into a page. */
export interface RegionParts extends FormTarget {
  /** A region's element, with its HTML in it; without HTML it says that there is nothing yet. */
  readonly element: (region: Region, html: string | undefined) => string;
  /** What a region shows for which the page has no room. */
  readonly late: (region: Region) => string;
  /** What a region shows that its visitor may not see. */
  readonly denial: (region: Region, why: Reason) => string;
}

export interface PageLoadParts extends RegionParts {
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
}

/** A region of the page, and how it is read. */
interface RegionMark {
  readonly region: Region;
  readonly read: Still;
}

// The page's template is rendered first, since only that tells which regions there are. `live()` leaves a mark for each, which
// is then
// replaced by the region's HTML. No published value can hold a mark, since nobody can guess it.
const SECRET = randomBytes(16).toString("hex");
const MARK = new RegExp(`mark-${SECRET}-(\\d+)\\.`, "g");

/**
 * One load of a page. Its template is rendered with `live`, `still` and `once`; then `filled` reads all regions, and puts them
 * in the place of their marks.
 */
export class PageLoad {
  readonly forms: PageForms;
  readonly #parts: PageLoadParts;
  readonly #shown = new Map<string, Region>();
  #live: Region[] = [];
  readonly #marks: (RegionMark | (() => string))[] = [];
  #isWhole = true;
  #aging: Aging = "lasting";
  #id: string | undefined;

  constructor(parts: PageLoadParts) {
    this.#parts = parts;
    this.forms = new PageForms(parts, parts.address);
  }

  /** The regions that the page's stream is opened for: without those that its visitor may not see, once it is `filled`. */
  get regions(): readonly Region[] {
    return this.#live;
  }

  /** Whether there was room for all of them: known after `filled`. If not, the page's stream brings the others. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What becomes of it without a script: known after `filled`. */
  get aging(): Aging {
    return this.#aging;
  }

  /** `live()` as templates see it. */
  readonly live = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("live", topic, params);
    this.#live.push(region);
    return this.#mark({ region, read: this.#parts.fill });
  };

  /** `still()` as templates see it: a region as it is now, which may join the page's stream later. */
  readonly still = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("still", topic, params);
    return this.#mark({ region, read: this.#parts.still });
  };

  /** `once()` as templates see it: an id of this load alone. */
  readonly once = (): string => {
    this.#id ??= (this.#parts.newId ?? secretSegment)();
    return this.#id;
  };

  /** A mark for HTML that is known only once all regions are read. */
  mark(html: () => string): string {
    return this.#mark(html);
  }

  /** Reads all regions that may be read, and replaces the marks in a page by HTML. */
  async filled(page: string): Promise<string> {
    const topics = [...this.#shown.values()].map(({ topic }) => topic);
    const denied = await this.#parts.denied?.(topics);
    this.#live = this.#live.filter(({ topic }) => denied?.has(topic) !== true);
    const read = await Promise.all(
      this.#marks.map((mark) => {
        if (!("read" in mark)) return undefined;
        const why = denied?.get(mark.region.topic);
        return why === undefined ? mark.read(mark.region) : this.#parts.denial(mark.region, why);
      }),
    );
    const budget = new PageBudget();
    const regions = this.#marks.map((mark, i) => ("read" in mark ? this.#element(mark.region, read[i], budget) : ""));
    this.#aging = await this.#agingOf([page, ...regions]);
    const filled = this.#marks.map((mark, i) => ("read" in mark ? regions[i]! : mark()));
    return page.replace(MARK, (_, index) => filled[Number(index)] ?? "");
  }

  #element(region: Region, html: string | undefined, budget: PageBudget): string {
    if (html === undefined || budget.take(html)) return this.#parts.element(region, html);
    if (this.#live.includes(region)) this.#isWhole = false;
    return this.#parts.element(region, this.#parts.late(region));
  }

  async #agingOf(htmls: readonly string[]): Promise<Aging> {
    const { haveEnded, address } = this.#parts;
    const topics = this.#live.map(({ topic }) => topic);
    if (topics.length === 0 || (await haveEnded?.(topics))) return "lasting";
    // The answer to a form would be asked for where there is none to be had but by sending it.
    return address !== undefined || htmls.some(isTypedInto) ? "snapshot" : "refreshed";
  }

  #mark(mark: RegionMark | (() => string)): string {
    return `mark-${SECRET}-${this.#marks.push(mark) - 1}.`;
  }

  #place(call: string, topic: unknown, params?: Record<string, unknown>): Region {
    if (this.forms.isOpen) throw new Error(`${call}(): ${REGION_IN_FORM}`);
    const region = regionOf(parseTopic(String(topic)), params);
    if (this.#shown.has(region.name)) throw new Error(`${call}(): the region ${region.name} is on this page already`);
    this.#shown.set(region.name, region);
    this.#parts.element(region, ""); // throws for what no template renders, at the line of the template that calls this
    return region;
  }
}

import { randomBytes } from "node:crypto";
import { type Region, regionOf } from "../region.ts";
import { parseTopic, secretSegment } from "../topic.ts";

/** What a region shows now. */
export type Fill = (region: Region) => Promise<string>;
/** What a region would show if someone looked; undefined where it has nothing. */
export type Still = (region: Region) => Promise<string | undefined>;
/** A region's element around its HTML; without HTML it says that there is nothing yet. */
export type ElementOf = (region: Region, html: string | undefined) => string;

export interface PageLoadParts {
  fill: Fill;
  still: Still;
  element: ElementOf;
}

type Html = () => Promise<string> | string;

// A page is rendered before its regions are read, since only then is it known which. In their places stand marks that no
// payload can guess, and each is replaced once: what is filled in is not looked at again.
const SECRET = randomBytes(16).toString("hex");
const MARK = new RegExp(`mark-${SECRET}-(\\d+)\\.`, "g");

/** One load of a page: the regions that its template asks for, each filled once all are known. */
export class PageLoad {
  readonly #parts: PageLoadParts;
  readonly #shown = new Map<string, Region>();
  readonly #live: Region[] = [];
  readonly #marks: Html[] = [];
  #id: string | undefined;

  constructor(parts: PageLoadParts) {
    this.#parts = parts;
  }

  /** Those that the page's stream is opened for. */
  get regions(): readonly Region[] {
    return this.#live;
  }

  /** `live()` as templates see it. */
  readonly live = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("live", topic, params);
    this.#live.push(region);
    return this.mark(async () => this.#parts.element(region, await this.#parts.fill(region)));
  };

  /** `still()`: a region as it is now, which joins the page's stream when its visitor wants it to. */
  readonly still = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("still", topic, params);
    return this.mark(async () => this.#parts.element(region, await this.#parts.still(region)));
  };

  /** `once()`: an id that is of this load alone. */
  readonly once = (): string => {
    this.#id ??= secretSegment();
    return this.#id;
  };

  /** Stands for HTML that is not known yet. */
  mark(html: Html): string {
    return `mark-${SECRET}-${this.#marks.push(html) - 1}.`;
  }

  /** The page with HTML in the places of its marks. */
  async filled(page: string): Promise<string> {
    const filled = await Promise.all(this.#marks.map((html) => html()));
    return page.replace(MARK, (_, index) => filled[Number(index)] ?? "");
  }

  #place(call: string, topic: unknown, params?: Record<string, unknown>): Region {
    const region = regionOf(parseTopic(String(topic)), params);
    if (this.#shown.has(region.name)) throw new Error(`${call}(): the region ${region.name} is on this page already`);
    this.#shown.set(region.name, region);
    this.#parts.element(region, ""); // refuses what no template renders, at the line that asks for it
    return region;
  }
}

import { randomBytes } from "node:crypto";
import { type Region, regionOf } from "../core/region.ts";
import { parseTopic, secretSegment } from "../core/topic.ts";
import { type KnownActions, PageForms, REGION_IN_FORM } from "./action-forms.ts";
import { Room } from "./room.ts";

/** What a region shows now. */
export type Fill = (region: Region) => Promise<string>;
/** What a region would show if someone looked; undefined where it has nothing. */
export type Still = (region: Region) => Promise<string | undefined>;

/** How regions become part of a page. */
export interface RegionParts {
  /** A region's element around its HTML; without HTML it says that there is nothing yet. */
  readonly element: (region: Region, html: string | undefined) => string;
  /** What a region shows for which there is no room. */
  readonly late: (region: Region) => string;
  /** What its forms may be of. */
  readonly actions?: KnownActions;
}

export interface PageLoadParts extends RegionParts {
  readonly fill: Fill;
  readonly still: Still;
}

/** A region in its place on the page, and what reads it. */
interface Placed {
  readonly region: Region;
  readonly read: Still;
}

// A page is rendered before its regions are read, since only then is it known which. In their places stand marks that no
// payload can guess, and each is replaced once: what is filled in is not looked at again.
const SECRET = randomBytes(16).toString("hex");
const MARK = new RegExp(`mark-${SECRET}-(\\d+)\\.`, "g");

/** One load of a page: the regions that its template asks for, each filled once all are known. */
export class PageLoad {
  readonly forms: PageForms;
  readonly #parts: PageLoadParts;
  readonly #shown = new Map<string, Region>();
  readonly #live: Region[] = [];
  readonly #marks: (Placed | (() => string))[] = [];
  #isWhole = true;
  #id: string | undefined;

  constructor(parts: PageLoadParts) {
    this.#parts = parts;
    this.forms = new PageForms(parts.actions);
  }

  /** Those that the page's stream is opened for. */
  get regions(): readonly Region[] {
    return this.#live;
  }

  /** Whether there was room for all of them, once the page is filled; else its stream has to bring them. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** `live()` as templates see it. */
  readonly live = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("live", topic, params);
    this.#live.push(region);
    return this.#mark({ region, read: this.#parts.fill });
  };

  /** `still()`: a region as it is now, which joins the page's stream when its visitor wants it to. */
  readonly still = (topic: unknown, params?: Record<string, unknown>): string => {
    const region = this.#place("still", topic, params);
    return this.#mark({ region, read: this.#parts.still });
  };

  /** `once()`: an id that is of this load alone. */
  readonly once = (): string => {
    this.#id ??= secretSegment();
    return this.#id;
  };

  /** Stands for HTML that is known once all regions are. */
  mark(html: () => string): string {
    return this.#mark(html);
  }

  /** The page with HTML in the places of its marks. */
  async filled(page: string): Promise<string> {
    const read = await Promise.all(this.#marks.map((mark) => ("read" in mark ? mark.read(mark.region) : undefined)));
    const room = new Room();
    const regions = this.#marks.map((mark, i) => ("read" in mark ? this.#element(mark.region, read[i], room) : ""));
    const filled = this.#marks.map((mark, i) => ("read" in mark ? regions[i]! : mark()));
    return page.replace(MARK, (_, index) => filled[Number(index)] ?? "");
  }

  #element(region: Region, html: string | undefined, room: Room): string {
    if (html === undefined || room.take(html)) return this.#parts.element(region, html);
    if (this.#live.includes(region)) this.#isWhole = false;
    return this.#parts.element(region, this.#parts.late(region));
  }

  #mark(mark: Placed | (() => string)): string {
    return `mark-${SECRET}-${this.#marks.push(mark) - 1}.`;
  }

  #place(call: string, topic: unknown, params?: Record<string, unknown>): Region {
    if (this.forms.isOpen) throw new Error(`${call}(): ${REGION_IN_FORM}`);
    const region = regionOf(parseTopic(String(topic)), params);
    if (this.#shown.has(region.name)) throw new Error(`${call}(): the region ${region.name} is on this page already`);
    this.#shown.set(region.name, region);
    this.#parts.element(region, ""); // refuses what no template renders, at the line that asks for it
    return region;
  }
}

import { randomBytes } from "node:crypto";
import { didYouMean, Problem } from "../problem.ts";
import { parseRegions, type Region, regionOf } from "../region.ts";
import { parseTopic } from "../topic.ts";
import { type PageMatter, pageMatter } from "./front-matter.ts";
import type { ParamValue } from "./params.ts";
import { BEAT, NOTICE, PULSE, streamElement } from "./signs.ts";
import type { Templates } from "./template.ts";
import type { Source } from "./view-files.ts";

export type Query = Readonly<Record<string, ParamValue>>;
/** What a region shows now. */
export type Fill = (region: Region) => Promise<string>;

export interface PageParts {
  query?: Query | undefined;
  /** Where the page's stream begins: taken BEFORE the first region is read, or there is a gap. */
  cursor: string;
  fill: Fill;
  /** Where this server is reached, for the commands that a page shows. */
  origin?: string | undefined;
}

/** What the pages' templates see. */
export const PAGE_NAMES = [
  "data",
  "live",
  "title",
  "description",
  "query",
  "page",
  "origin",
  "asset",
  "body",
  "stream",
  "pulse",
  "notice",
];

// A page is rendered before its regions are read, since only then is it known which. In their places stand marks that no
// payload can guess, and each is replaced once: what is filled in is not looked at again.
const SECRET = randomBytes(16).toString("hex");
const MARK = new RegExp(`mark-${SECRET}-(\\d+)\\.`, "g");

export class Pages {
  readonly #pages: ReadonlyMap<string, PageMatter>;
  readonly #templates: Templates;
  readonly #asset: (path: string) => string;
  readonly #element: (region: Region, html: string) => string;

  /** @throws TemplateError */
  constructor(
    sources: ReadonlyMap<string, Source>,
    parts: { templates: Templates; asset: (path: string) => string; element: (region: Region, html: string) => string },
  ) {
    this.#templates = parts.templates;
    this.#asset = parts.asset;
    this.#element = parts.element;
    // A name that begins with "_" is there to be included.
    const pages = [...sources.values()].filter(({ name }) => /^pages\/(?!(?:.*\/)?_)/.test(name));
    this.#pages = new Map(pages.map((source) => [source.name.slice("pages/".length), pageMatter(source)]));
  }

  get names(): readonly string[] {
    return [...this.#pages.keys()];
  }

  has(name: string): boolean {
    return this.#pages.has(name);
  }

  /**
   * A page's query as its front matter types it. What it does not declare is not seen: links get decorated on their way.
   * @throws Problem 400 `query_invalid`
   */
  checkQuery(name: string, given: Readonly<Record<string, string | readonly string[] | undefined>>): Query {
    const { query } = this.#page(name);
    const typed: Record<string, ParamValue> = {};
    for (const key of query.names) {
      const raw = given[key];
      if (raw === undefined) continue;
      const value = typeof raw === "string" ? query.typed(key, raw) : undefined;
      if (value === undefined) {
        throw new Problem(400, "query_invalid", `The address has a “${key}” that is not known. ${query.explain(key)}`);
      }
      typed[key] = value;
    }
    return typed;
  }

  /** @throws Problem 404 `page_unknown`, TemplateError, and what `live()` and `fill` throw */
  async render(
    name: string,
    { query = {}, cursor, fill, origin = "http://localhost:3000" }: PageParts,
  ): Promise<string> {
    const { title, description } = this.#page(name);
    const marks: (() => Promise<string> | string)[] = [];
    const mark = (html: () => Promise<string> | string) => `mark-${SECRET}-${marks.push(html) - 1}.`;
    const regions = new Map<string, Region>();
    const live = (topic: unknown, params?: Record<string, unknown>) => {
      const region = regionOf(parseTopic(String(topic)), params);
      if (regions.has(region.name)) throw new Error(`live(): the region ${region.name} is on this page already`);
      regions.set(region.name, region);
      this.#element(region, ""); // refuses what no template renders, at the line that asks for it
      return mark(async () => this.#element(region, await fill(region)));
    };
    const scope = { live, title, description, query, page: name, origin, asset: this.#asset };
    const body = this.#templates.render(`pages/${name}`, scope).trim();
    // Last, as it opens one stream for all regions that the page turned out to have.
    const stream = () => mark(() => streamElement(parseRegions([...regions.keys()].join(",")), { cursor }));
    const pulse = () => `<div id="${PULSE}">${mark(() => (regions.size === 0 ? "" : BEAT))}</div>`;
    const notice = () => `<div id="${NOTICE}" role="alert"></div>`;
    const html = this.#templates.render("layout", { ...scope, body, stream, pulse, notice }).trim();
    const filled = await Promise.all(marks.map((html) => html()));
    return html.replace(MARK, (_, index) => filled[Number(index)] ?? "");
  }

  #page(name: string): PageMatter {
    const page = this.#pages.get(name);
    if (page !== undefined) return page;
    throw new Problem(404, "page_unknown", `There is no page at this address.${didYouMean(name, this.names)}`);
  }
}

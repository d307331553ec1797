import { didYouMean, Problem } from "../core/problem.ts";
import { parseRegions, type Region } from "../core/region.ts";
import { secretSegment } from "../core/topic.ts";
import { markdown } from "../markdown/markdown.ts";
import { type FormPlace, loadField } from "./action-forms.ts";
import { formIn, type RefusedForm, reasonsOf } from "./form-answer.ts";
import { FORM_NAMES, type Reason, refusal } from "./forms.ts";
import { type PageMatter, pageMatter } from "./front-matter.ts";
import { beat, noticeElements, pulseElement, type Seal, streamElement, wakeElements } from "./page-elements.ts";
import {
  type DeniedTopics,
  type Fill,
  type HaveEnded,
  PageLoad,
  type PageLoadParts,
  type RegionParts,
  type Still,
} from "./page-load.ts";
import type { ParamValue } from "./params.ts";
import type { Templates } from "./template.ts";
import type { TemplateSource } from "./view-files.ts";
import { refreshElement, snapshotElement } from "./without-script.ts";

export type Query = Readonly<Record<string, ParamValue>>;

export interface PageParts {
  query?: Query | undefined;
  /** Where the page's stream begins: taken BEFORE the first region is read, or there is a gap. */
  cursor: string;
  fill: Fill;
  /** For regions that are not live yet; `fill` by default. */
  still?: Still | undefined;
  /** The id of this visitor, who is given one only if a page asks for it; by another name, another id. */
  visitor?: ((name?: string) => string) | undefined;
  /** Gives ids of one load of a page; random ones by default. */
  newId?: (() => string) | undefined;
  /** Without it, no region of the page is for pages alone. */
  seal?: Seal | undefined;
  /** Where this server is reached, for the commands that a page shows. */
  origin?: string | undefined;
  /** Who looks at it, as the author's hook has it; undefined for nobody. */
  user?: object | undefined;
  /** Those of its topics that its visitor may not read; none by default. */
  denied?: DeniedTopics | undefined;
  /** Whether its topics have ended; by default something may come. */
  haveEnded?: HaveEnded | undefined;
  /** What its route or its feature knows, for a page that one has. */
  data?: unknown;
  /** A form on it that was refused: shown with what was sent, and why. */
  form?: { place: FormPlace; refused: RefusedForm } | undefined;
  /** Its own address, where it answers a form at another: its forms say so when they are sent. */
  address?: string | undefined;
  /** Why a widget's button on it was refused. */
  refused?: Reason | undefined;
  /** In place of the front matter's, for a page that shows one of many. */
  title?: string | undefined;
}

/** What a page is rendered with, but for how its regions are read. */
type Unfilled = Omit<PageParts, keyof Reads | "form">;
/** What a page is rendered with that is asked for one of its forms alone. */
export type FormParts = Omit<Unfilled, "cursor" | "refused">;

/** How a page's regions are read. */
type Reads = Pick<PageLoadParts, "fill" | "still" | "denied" | "haveEnded">;

/** What is in a page's main element. */
export interface PageMain {
  readonly html: string;
  /** Those that are live there. */
  readonly regions: readonly Region[];
  /** From where its stream goes on; undefined where that has to bring everything. */
  readonly cursor: string | undefined;
}

/** What the pages' templates see. */
export const PAGE_NAMES = [
  "data",
  "user",
  "live",
  "still",
  "visitor",
  "once",
  "title",
  "description",
  "query",
  "page",
  "pages",
  "origin",
  "asset",
  "markdown",
  "body",
  "stream",
  "pulse",
  "notice",
  "refresh",
  "snapshot",
  ...FORM_NAMES,
];

const LOCAL = "http://localhost:3000";

export class Pages {
  readonly #pages: ReadonlyMap<string, PageMatter>;
  readonly #templates: Templates;
  readonly #asset: (path: string) => string;
  readonly #regions: RegionParts;

  /** @throws TemplateError */
  constructor(
    sources: ReadonlyMap<string, TemplateSource>,
    parts: { templates: Templates; asset: (path: string) => string; regions: RegionParts },
  ) {
    this.#templates = parts.templates;
    this.#asset = parts.asset;
    this.#regions = parts.regions;
    const pages = [...sources.values()].filter(({ name }) => name.startsWith("pages/"));
    this.#pages = new Map(pages.map((source) => [source.name.slice("pages/".length), pageMatter(source)]));
  }

  /** Those that have an address. A name that begins with "_" is there to be included, or for a route to render with `data`. */
  get names(): readonly string[] {
    return [...this.#pages.keys()].filter((name) => !/(?:^|\/)_[^/]*$/.test(name));
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
  async render(name: string, parts: PageParts): Promise<string> {
    const { form } = parts;
    const { html, load } = this.#empty(name, parts, readsOf(parts));
    // Before its regions are filled, so that nothing that was published is taken for a part of the form.
    const whole = form === undefined ? html : formIn(html, form.place, form.refused)?.page;
    if (whole !== undefined) return load.filled(whole);
    // A deploy has taken the form away, and its visitor is told all the same.
    return this.render(name, { ...parts, form: undefined, refused: reasonsOf(form!.refused) });
  }

  /**
   * What is in one of a page's forms, for which no region is read.
   * @returns undefined where the page has no such form
   * @throws as {@link render} does
   */
  form(name: string, parts: FormParts, place: FormPlace, refused?: RefusedForm): string | undefined {
    const nothing = async () => "";
    return formIn(this.#empty(name, { ...parts, cursor: "" }, { fill: nothing, still: nothing }).html, place, refused)
      ?.inner;
  }

  /**
   * What is in the page's main element, without the layout around it.
   * @throws as {@link render} does
   */
  async main(name: string, parts: PageParts): Promise<PageMain> {
    const { body, load } = this.#body(name, parts, readsOf(parts));
    const html = await load.filled(body);
    return { html, regions: load.regions, cursor: reachedBy(load, parts.cursor) };
  }

  /** A page whose regions are not filled yet. */
  #empty(name: string, parts: Unfilled, reads: Reads): { html: string; load: PageLoad } {
    const { body, scope, load } = this.#body(name, parts, reads);
    const around = this.#aroundOf(load, parts);
    return { html: this.#templates.render("layout", { ...scope, ...around, body }).trim(), load };
  }

  /** What its template makes of a page, whose regions are not filled yet. */
  #body(
    name: string,
    { query = {}, visitor = secretSegment, origin = LOCAL, data, user, ...given }: Omit<Unfilled, "cursor">,
    reads: Reads,
  ) {
    const { title = this.#page(name).title } = given;
    const scopeOf = (load: PageLoad) => this.#scope(name, load, { query, visitor, origin, data, user, title });
    const newLoad = () => new PageLoad({ ...reads, ...this.#regions, address: given.address, newId: given.newId });
    const load = newLoad();
    const scope = scopeOf(load);
    // To a second look at the template its regions would all be there already.
    const body = this.#templates.render(`pages/${name}`, scope, () => scopeOf(newLoad())).trim();
    return { body, scope, load };
  }

  /**
   * Renders each page that has an address as its first visitor would see it, before any value is there, so that its author
   * learns of a mistake and not that visitor.
   * @throws TemplateError
   */
  check(): void {
    for (const name of this.names) {
      const load = new PageLoad({ fill: async () => "", still: async () => "", ...this.#regions });
      const { title } = this.#page(name);
      const scope = this.#scope(name, load, {
        query: {},
        visitor: secretSegment,
        origin: LOCAL,
        data: undefined,
        user: undefined,
        title,
      });
      const body = this.#templates.check(`pages/${name}`, scope);
      this.#templates.check("layout", { ...scope, ...this.#aroundOf(load, { cursor: "" }), body });
    }
  }

  /** What a page's template sees, and the layout around it. */
  #scope(
    name: string,
    { live, still, once, forms }: PageLoad,
    given: Required<Pick<PageParts, "query" | "visitor" | "origin" | "data" | "title">> & Pick<PageParts, "user">,
  ) {
    const { description } = this.#page(name);
    const own = { page: name, pages: this.names, description, asset: this.#asset };
    return { ...given, ...own, ...forms, live, still, once, markdown, refusal };
  }

  /** What the layout puts around a page. Filled last, as it opens one stream for all regions that the page turned out to have. */
  #aroundOf(
    load: PageLoad,
    { cursor, refused, address, seal }: Pick<Unfilled, "cursor" | "refused" | "address" | "seal">,
  ) {
    const { base = "" } = this.#regions;
    const broken = this.#asset("broken.html");
    const reached = () => reachedBy(load, cursor);
    const stream = () => {
      const regions = parseRegions(load.regions.map(({ name }) => name).join(","));
      return streamElement(regions, { base, cursor: reached(), seal: seal?.(regions) });
    };
    return {
      stream: () => load.mark(stream) + wakeElements(base, broken) + loadField(),
      pulse: () => pulseElement(load.mark(() => (load.regions.length === 0 ? "" : beat("alive", broken, reached())))),
      notice: () => noticeElements(refused),
      refresh: () => load.mark(() => refreshElement(load.aging)),
      snapshot: () => load.mark(() => snapshotElement(load.aging, address === undefined ? "" : base + address)),
    };
  }

  #page(name: string): PageMatter {
    const page = this.#pages.get(name);
    if (page !== undefined) return page;
    throw new Problem(404, "page_unknown", `There is no page at this address.${didYouMean(name, this.names)}`);
  }
}

function readsOf({ fill, still = fill, denied, haveEnded }: PageParts): Reads {
  return { fill, still, denied, haveEnded };
}

/** Where a page is once it is filled. One that lacks something is at no cursor: its stream brings everything. */
function reachedBy(load: PageLoad, cursor: string): string | undefined {
  return load.isWhole ? cursor : undefined;
}

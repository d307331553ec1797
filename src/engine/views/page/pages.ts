import { didYouMean, Problem } from "../../core/problem.ts";
import type { Region } from "../../core/region.ts";
import { secretSegment } from "../../core/topic.ts";
import type { Words } from "../../words/words.ts";
import { boardMistake, type PageMatter, pageMatter } from "../files/front-matter.ts";
import type { ParamValue } from "../files/params.ts";
import { OWN_PAGES, type TemplateSource } from "../files/view-files.ts";
import type { FormPlace } from "../forms/action-forms.ts";
import { formIn, type RefusedForm, reasonsOf } from "../forms/form-answer.ts";
import type { Templates } from "../templates/template.ts";
import { Cards } from "./cards.ts";
import { type EmptyPage, KeptPage } from "./kept-page.ts";
import { checkLayout } from "./layout-check.ts";
import { PageLoad } from "./page-load.ts";
import { cutAtMarks, filledText } from "./page-marks.ts";
import { PageOutline, type PageOutlineParts, type RegionParts } from "./page-outline.ts";
import type { PageParts, Query } from "./page-parts.ts";
import { PagePaths, type PathParams } from "./page-paths.ts";
import { addLayout, type LayoutParts, type PageScope, pageScope } from "./page-scope.ts";
import { checkHtml } from "./shown-as-text.ts";
import type { SiteScope } from "./site-scope.ts";

/** What a page is rendered with, but for how its regions are read. */
type Unfilled = Omit<PageParts, "fill" | "still" | "denied" | "haveEnded" | "cursor" | "form">;
/** What a page is rendered with that is asked for one of its forms alone. */
export type FormParts = Omit<Unfilled, "refused">;

/** What a page's template has made. */
interface Made {
  readonly scope: PageScope;
  readonly body: string;
  readonly outline: PageOutline;
}

/** What is in a page's main element. */
export interface PageMain {
  readonly html: string;
  /** Those that are live there. */
  readonly regions: readonly Region[];
  /** From where its stream goes on; undefined where that has to bring everything. */
  readonly cursor: string | undefined;
}

/** A page that is asked for. */
interface AskedPage extends PageMatter {
  /** As it is asked for: with its parameters in it, `rooms/kitchen`. */
  readonly name: string;
  readonly source: TemplateSource;
  /** What the parameters of its path are. */
  readonly given: PathParams;
}

const NO_PARAMS: PathParams = {};

/** So many pages are kept, of each address, origin and query. */
const MAX_KEPT = 128;

export class Pages {
  readonly #pages: ReadonlyMap<string, AskedPage>;
  /** Those that have an address. A name that begins with "_" is there to be included, or for a route to render with `data`. */
  readonly names: readonly string[];
  readonly paths: PagePaths;
  /** Those that templates are told of: also what features show at addresses of their own. */
  readonly #told: readonly string[];
  readonly #kept = new Map<string, KeptPage>();
  /** What templates have made of data that lasts. */
  readonly #bodies = new WeakMap<object, string>();
  readonly #templates: Templates;
  readonly #layout: TemplateSource;
  readonly #asset: (path: string) => string;
  readonly #assets = new Set<string>();
  readonly #regions: RegionParts;
  readonly #helpers: SiteScope;

  /** @throws AuthorError */
  constructor(
    sources: ReadonlyMap<string, TemplateSource>,
    parts: {
      templates: Templates;
      asset: (path: string) => string;
      regions: RegionParts;
      helpers: SiteScope;
      elsewhere?: readonly string[] | undefined;
    },
  ) {
    this.#templates = parts.templates;
    this.#layout = sources.get("layout")!;
    this.#asset = (name) => {
      const url = parts.asset(name);
      this.#assets.add(url);
      return url;
    };
    this.#regions = parts.regions;
    this.#helpers = parts.helpers;
    const pages = [...sources.values()].filter(({ name }) => name.startsWith("pages/"));
    this.#pages = new Map(
      pages.map((source) => {
        const name = source.name.slice("pages/".length);
        const matter = pageMatter(source, this.#helpers.words);
        const spoken = name.startsWith(OWN_PAGES) ? spokenIn(matter, this.#helpers.words) : {};
        return [name, { ...matter, ...spoken, name, source, given: NO_PARAMS }];
      }),
    );
    this.names = [...this.#pages.keys()].filter((name) => !/(?:^|\/)_[^/]*$/.test(name));
    this.paths = new PagePaths(this.#pages, this.names);
    this.#told = [...new Set([...this.names, ...(parts.elsewhere ?? [])])];
  }

  /** The addresses of all files that the pages that were rendered refer to: other bytes are at another one. In order. */
  get assets(): readonly string[] {
    return [...this.#assets].sort();
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
      if (value === undefined && raw === "") continue; // a form sends also the fields that were left empty
      if (value === undefined) {
        throw new Problem(400, "query_invalid", `The address has a “${key}” that is not known. ${query.explain(key)}`);
      }
      typed[key] = value;
    }
    return typed;
  }

  /** A whole page, as it is sent. @throws Problem 404 `page_unknown`, AuthorError, and what `live()` and `fill` throw */
  async render(name: string, parts: PageParts): Promise<Buffer> {
    const sight = sightOf(name, parts);
    // With a form in it that was refused it is nobody else's.
    const kept = parts.form === undefined ? this.#keptOf(sight ?? this.#page(name).source.name) : new KeptPage();
    const known = sight !== undefined && kept.empty?.lasting === parts.lasting ? kept.empty : undefined;
    const empty = known ?? this.#empty(name, parts, kept);
    if (sight !== undefined && empty.isSame) kept.keep(empty);
    const filling = await new PageLoad(this.#regions, empty.outline, parts).filling(empty.cut);
    return parts.isGzipped?.() ? kept.gzipped(empty.cut, filling) : kept.filled(empty.cut, filling);
  }

  /**
   * What is in one of a page's forms, for which no region is read.
   * @returns undefined where the page has no such form
   * @throws as {@link render} does
   */
  form(name: string, parts: FormParts, place: FormPlace, refused?: RefusedForm): string | undefined {
    const { html } = this.#whole(this.#page(name), parts, secretSegment);
    return formIn(html, place, refused, this.#helpers.words)?.inner;
  }

  /**
   * What is in the page's main element, without the layout around it.
   * @throws as {@link render} does
   */
  async main(name: string, parts: PageParts): Promise<PageMain> {
    const { body, outline } = this.#body(this.#page(name), parts);
    const cut = cutAtMarks(body);
    const load = new PageLoad(this.#regions, outline, parts);
    const html = filledText(cut, await load.filling(cut));
    return { html, regions: load.regions, cursor: load.cursor };
  }

  /** A page whose regions are not filled yet. */
  #empty(name: string, parts: PageParts, kept: KeptPage): EmptyPage {
    const { form, lasting } = parts;
    const before = this.#templates.looks;
    const { html, outline } = this.#whole(this.#page(name), parts);
    const isSame = this.#templates.looks === before && !outline.hasIds;
    // Before its regions are filled, so that nothing that was published is taken for a part of the form.
    const whole = form === undefined ? html : formIn(html, form.place, form.refused, this.#helpers.words)?.page;
    if (whole !== undefined) return { outline, cut: kept.cut(whole), lasting, isSame };
    // A deploy has taken the form away, and its visitor is told all the same.
    return this.#empty(name, { ...parts, form: undefined, refused: reasonsOf(form!.refused) }, kept);
  }

  #whole(page: AskedPage, parts: Unfilled, newPress?: () => string) {
    const { body, scope, outline } = this.#body(page, parts, newPress);
    const around = this.#around(page, { scope, body, outline }, parts);
    return { html: this.#templates.render("layout", around).trim(), outline };
  }

  /** What its template makes of a page. */
  #body(page: AskedPage, parts: Unfilled, newPress?: () => string) {
    const { lasting } = parts;
    const newOutline = () => new PageOutline(this.#regions, { ...idsOf(parts), newPress });
    const outline = newOutline();
    const { scope, cards } = this.#scope(page, outline, parts);
    const known = lasting && this.#bodies.get(lasting);
    // To a second look at the template its regions would all be there already.
    const again = () => this.#scope(page, newOutline(), parts).scope;
    const body = known ?? cards.below(this.#made(page, scope, again), page);
    if (lasting !== undefined) this.#bodies.set(lasting, body);
    return { body, scope, outline };
  }

  #made({ source, given }: AskedPage, scope: PageScope, again: () => PageScope): string {
    try {
      return this.#templates.render(source.name, scope, again).trim();
    } catch (error) {
      // Of what its visitor has written into the address there is no topic.
      if (given !== NO_PARAMS && error instanceof Problem && error.status === 400) throw this.#missing();
      throw error;
    }
  }

  /**
   * Renders each page that has an address as its first visitor would see it, before any value is there, so that its author
   * learns of a mistake and not that visitor.
   * @throws AuthorError
   */
  check(): void {
    for (const name of this.names.flatMap((page) => this.paths.example(page) ?? [])) {
      const page = this.#page(name);
      const outline = new PageOutline(this.#regions);
      const { scope, cards } = this.#scope(page, outline, {});
      const body = cards.below(checkHtml(this.#templates, page.source, scope).trim(), page);
      const around = this.#around(page, { scope, body, outline }, {});
      checkLayout(this.#templates, this.#layout, around, { page: page.source, body, outline });
    }
  }

  #scope(page: AskedPage, outline: PageOutline, given: Unfilled): { scope: PageScope; cards: Cards } {
    const cards = new Cards({
      site: this.#regions.cards,
      live: (topic, params) => outline.liveRegion("card", topic, params),
      forms: outline.forms,
      page: page.name,
      pages: this.names,
      rows: page.board,
      mistake: (topic, message) => boardMistake(page.source, topic, message),
    });
    const scope = pageScope(
      { name: page.name, matter: page, names: this.#told, asset: this.#asset, helpers: this.#helpers },
      outline,
      cards,
      given,
    );
    return { scope, cards };
  }

  #around(matter: AskedPage, { scope, ...made }: Made, given: LayoutParts): PageScope {
    const { base = "", mistake } = this.#regions;
    const site = { base, mistake, asset: this.#asset, words: this.#helpers.words };
    return addLayout(scope, { ...made, ...site, matter }, given);
  }

  #keptOf(key: string): KeptPage {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    // Of parameters, queries and names of this server there is no end.
    if (this.#kept.size >= MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    const kept = new KeptPage();
    this.#kept.set(key, kept);
    return kept;
  }

  #page(name: string): AskedPage {
    const page = this.#pages.get(name);
    if (page !== undefined) return page;
    const found = this.paths.of(name);
    if (found === undefined) throw this.#missing(didYouMean(name, this.names));
    const { title, description, ...rest } = this.#pages.get(found.page)!;
    const { params: given } = found;
    return { ...rest, name, title: withParams(title, given), description: withParams(description, given), given };
  }

  #missing(hint = ""): Problem {
    return new Problem(404, "page_unknown", `There is no page at this address.${hint}`);
  }
}

/** The engine's own pages are in the site's words, which may be English where all else is in another language. */
function spokenIn({ lang, dir }: PageMatter, words: Words): Pick<PageMatter, "lang" | "dir"> {
  return { lang: lang ?? words.lang, dir: dir ?? words.dir ?? "ltr" };
}

/** `Room [room]` with what the room is. */
function withParams(text: string, given: PathParams): string {
  return text.replace(/\[(\w+)\]/g, (whole, name) => (Object.hasOwn(given, name) ? String(given[name]) : whole));
}

/**
 * All that templates can see of a load, but for what they see change: where two loads have the same, they would make the same of both.
 * @returns undefined where they are given what was made for one load alone
 */
function sightOf(name: string, parts: PageParts): string | undefined {
  const { query = NO_PARAMS, origin = "", wall, user, data, lasting, form, address, refused, title = "" } = parts;
  if (data !== lasting || (user ?? form ?? address ?? refused) !== undefined) return undefined;
  // Each as a text, since JSON has one word for all numbers that it cannot write.
  const asked = JSON.stringify(Object.entries(query).map(([key, value]) => [key, String(value)]));
  // No name, query or origin has a line break in it: a visitor writes some of these, who may not pass one off for another.
  return `${wall ? "wall" : "page"}\n${origin}\n${name}\n${asked}\n${title}`;
}

const idsOf = ({ address, newId, visitor }: PageOutlineParts): PageOutlineParts => ({ address, newId, visitor });

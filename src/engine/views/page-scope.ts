import { escaped } from "../core/html.ts";
import { checkOptions } from "../core/option-names.ts";
import { listedRegions } from "../core/region.ts";
import { secretSegment } from "../core/topic.ts";
import type { Words } from "../words/words.ts";
import { loadField } from "./action-forms.ts";
import type { Cards } from "./cards.ts";
import { FORM_NAMES } from "./forms.ts";
import type { PageMatter } from "./front-matter.ts";
import { headElements } from "./head.ts";
import type { KeptPage } from "./kept-page.ts";
import { beat, noticeElements, pulseElement, wakeElements } from "./page-elements.ts";
import type { PageLoad } from "./page-load.ts";
import type { PageParts } from "./page-parts.ts";
import type { PathParams } from "./page-paths.ts";
import type { SiteScope } from "./site-scope.ts";
import { refreshElement, snapshotElement } from "./without-script.ts";

/** What the pages' templates see. */
export const PAGE_NAMES = [
  "data",
  "user",
  "live",
  "still",
  "card",
  "board",
  "visitor",
  "once",
  "title",
  "description",
  "query",
  "params",
  "page",
  "pages",
  "origin",
  "asset",
  "markdown",
  "mayShow",
  "format",
  "chart",
  "words",
  "root",
  "head",
  "body",
  "stream",
  "pulse",
  "notice",
  "refresh",
  "snapshot",
  ...FORM_NAMES,
];

/** What a page's template sees, and then the layout around it, by name. */
export type PageScope = Record<string, unknown>;

const LOCAL = "http://localhost:3000";

/** A page, as its template is told of it. */
interface AboutPage {
  readonly name: string;
  readonly matter: Pick<PageMatter, "title" | "description"> & { readonly given: PathParams };
  /** Of all pages that have an address. */
  readonly names: readonly string[];
  readonly asset: (path: string) => string;
  readonly helpers: SiteScope;
}

// Each load of a page has a scope. All names are written out, and the layout's are there from the start: an object that is put
// together of others, or grows, is slow to make and to read.
export function pageScope(
  { name, matter, names, asset, helpers }: AboutPage,
  { live, still, once, forms }: PageLoad,
  { card, board }: Cards,
  given: Partial<PageParts>,
): PageScope {
  return {
    page: name,
    pages: [...names],
    title: given.title ?? matter.title,
    description: matter.description,
    query: given.query ?? {},
    params: matter.given,
    origin: given.origin ?? LOCAL,
    data: given.data,
    user: given.user,
    live,
    still,
    card,
    board,
    once,
    visitor: given.visitor ?? secretSegment,
    asset,
    markdown: helpers.markdown,
    mayShow: helpers.mayShow,
    format: helpers.format,
    chart: helpers.chart,
    words: helpers.words,
    refusal: helpers.refusal,
    action: forms.action,
    _fields: forms._fields,
    _id: forms._id,
    root: undefined,
    head: undefined,
    body: undefined,
    stream: undefined,
    pulse: undefined,
    notice: undefined,
    refresh: undefined,
    snapshot: undefined,
  };
}

/** What is put into the layout. */
export interface InLayout {
  /** What the page's template has made. */
  readonly body: string;
  readonly matter: Pick<PageMatter, "description" | "lang" | "dir">;
  readonly load: PageLoad;
  readonly kept: KeptPage;
  /** The path below which the site is. */
  readonly base: string;
  readonly asset: (path: string) => string;
  readonly words: Words;
}

export type LayoutParts = Pick<PageParts, "cursor" | "refused" | "address" | "seal" | "wall">;

/**
 * Adds what the layout sees, which is filled last, as it opens one stream for all regions that the page turned out to have.
 * @returns the scope
 */
export function addLayout(
  scope: PageScope,
  { body, matter, load, kept, base, asset, words }: InLayout,
  { cursor, refused, address, seal, wall = false }: LayoutParts,
): PageScope {
  const broken = asset("broken.html");
  const reached = () => reachedBy(load, cursor);
  const stream = () => {
    const regions = listedRegions(load.regions);
    return kept.stream(regions, { base, cursor: reached(), seal: seal?.(regions) });
  };
  scope.root = (usual: Partial<RootElement> = {}) => {
    checkOptions("root", usual, ["lang", "dir"]);
    return rootAttributes(words, usual, matter, wall);
  };
  scope.body = body;
  scope.stream = () => load.part(stream) + wakeElements(base, broken) + load.part(loadField);
  scope.pulse = () =>
    load.part(() => pulseElement(load.regions.length === 0 ? "" : beat(words, "alive", broken, reached(), true)));
  scope.notice = () => noticeElements(words, refused);
  scope.refresh = () => load.part(() => refreshElement(load.aging));
  scope.head = () =>
    headElements(
      asset,
      matter.description,
      load.part(() => refreshElement(load.aging)),
    );
  scope.snapshot = () =>
    load.part(() => snapshotElement(words, load.aging, address === undefined ? "" : base + address));
  return scope;
}

/** Where a page is once it is filled. One that lacks something is at no cursor: its stream brings everything. */
export function reachedBy(load: PageLoad, cursor: string): string | undefined {
  return load.isWhole ? cursor : undefined;
}

/** What the element around all of a page says of it. */
interface RootElement {
  readonly lang: string | undefined;
  readonly dir: string | undefined;
}

/**
 * The attributes of `<html>`.
 * @param words the site's, whose language it is where nobody says another
 * @param usual what the layout says of all pages
 * @param own what the page's front matter says
 */
function rootAttributes(words: Words, usual: Partial<RootElement>, own: RootElement, wall: boolean): string {
  const { lang = usual.lang ?? words.lang, dir = usual.dir ?? words.dir } = own;
  const written = dir === undefined ? "" : ` dir="${escaped(dir)}"`;
  return `lang="${escaped(lang)}"${written}${wall ? ' class="wall"' : ""}`;
}

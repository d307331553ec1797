import { escaped } from "../../core/html.ts";
import { checkOptions } from "../../core/option-names.ts";
import { listedRegions, type Region } from "../../core/region.ts";
import type { Words } from "../../words/words.ts";
import { direction, type PageMatter } from "../files/front-matter.ts";
import { language } from "../files/language.ts";
import { loadField } from "../forms/action-forms.ts";
import { FORM_NAMES } from "../forms/forms.ts";
import { refreshElement, snapshotElement } from "../forms/without-script.ts";
import type { Cards } from "./cards.ts";
import { headElements } from "./head.ts";
import {
  beat,
  mistakeHtml,
  newMoment,
  noticeElements,
  pulseElement,
  streamElement,
  wakeElements,
} from "./page-elements.ts";
import type { PageOutline } from "./page-outline.ts";
import type { PageParts } from "./page-parts.ts";
import type { PathParams } from "./page-paths.ts";
import type { SiteScope } from "./site-scope.ts";

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

// All names are written out, and the layout's are there from the start: an object that is put together of others, or grows, is slow
// to make and to read.
export function pageScope(
  { name, matter, names, asset, helpers }: AboutPage,
  { live, still, once, visitor, forms }: PageOutline,
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
    visitor,
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
  readonly outline: PageOutline;
  /** The path below which the site is. */
  readonly base: string;
  readonly asset: (path: string) => string;
  readonly words: Words;
  readonly mistake: (() => string) | undefined;
}

export type LayoutParts = Pick<PageParts, "refused" | "address" | "wall">;

/**
 * Adds what the layout sees, which is filled last, as it opens one stream for all regions that the page turned out to have.
 * @returns the scope
 */
export function addLayout(
  scope: PageScope,
  { body, matter, outline, base, asset, words, mistake }: InLayout,
  { refused, address, wall = false }: LayoutParts,
): PageScope {
  const broken = asset("broken.html");
  const stream = lastOf((regions: readonly Region[], cursor: string | undefined, seal: string | undefined) =>
    streamElement(listedRegions(regions), { base, cursor, seal }),
  );
  const firstBeat = lastOf((cursor: string | undefined) => beat(words, "alive", broken, cursor, true));
  const refresh = () => outline.part(({ aging }) => refreshElement(aging));
  scope.root = (usual: unknown = {}) => rootAttributes(words, usualRoot(usual), matter, wall);
  scope.body = body;
  scope.stream = () =>
    outline.part((load) => stream(load.regions, load.cursor, load.seal)) +
    wakeElements(base, broken) +
    outline.part(loadField);
  scope.pulse = () =>
    pulseElement(
      outline.part(newMoment),
      outline.part((load) => (load.regions.length === 0 ? "" : firstBeat(load.cursor))),
    );
  // A page without a stream is told in no other way.
  const said = mistake && (() => mistakeHtml(words, mistake()));
  scope.notice = () => noticeElements(words, refused, said && outline.part(said));
  scope.refresh = refresh;
  scope.head = () => headElements(asset, matter.description, refresh());
  scope.snapshot = () =>
    outline.part(({ aging }) => snapshotElement(words, aging, address === undefined ? "" : base + address));
  return scope;
}

/** What the element around all of a page says of it. */
interface RootElement {
  readonly lang: string | undefined;
  readonly dir: string | undefined;
}

/** What a layout gives `root()`, checked as front matter is. @throws TypeError */
function usualRoot(given: unknown): Partial<RootElement> {
  checkOptions("root", given, ["lang", "dir"]);
  const { lang, dir } = given as Partial<RootElement>;
  const refuse = (name: string) => (must: string) => {
    throw new TypeError(`root(): “${name}” must be ${must}.`);
  };
  return {
    lang: lang === undefined ? undefined : language(lang, refuse("lang")),
    dir: dir === undefined ? undefined : direction(dir, refuse("dir")),
  };
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

/** A function that gives what it has made the last time, where it is given the same again. */
function lastOf<Given extends readonly unknown[], Made>(make: (...given: Given) => Made): (...given: Given) => Made {
  let last: { given: Given; made: Made } | undefined;
  return (...given) => {
    if (last?.given.some((one, i) => one !== given[i]) ?? true) last = { given, made: make(...given) };
    return last!.made;
  };
}

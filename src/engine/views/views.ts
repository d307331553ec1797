import { fill, morphInto } from "../core/partial.ts";
import { didYouMean, Problem } from "../core/problem.ts";
import { parseRegions, type Region, regionOf } from "../core/region.ts";
import { parseTopic, type Topic, widgetOf } from "../core/topic.ts";
import type { Renderer, RenderInput } from "../core/widget.ts";
import { noMatter } from "./files/front-matter.ts";
import { hash } from "./files/hash.ts";
import type { Stray } from "./files/strays.ts";
import { only, readViews, shown } from "./files/view-files.ts";
import { readWords } from "./files/words-file.ts";
import { type FormPlace, SAMPLE_ACTION } from "./forms/action-forms.ts";
import type { RefusedForm } from "./forms/form-answer.ts";
import { withFormParts } from "./forms/form-source.ts";
import { type FragmentOptions, renderFragment } from "./fragment.ts";
import { PageBudget } from "./page/page-budget.ts";
import * as elements from "./page/page-elements.ts";
import type { Fill } from "./page/page-load.ts";
import type { RegionParts } from "./page/page-outline.ts";
import type { PageParts, Query } from "./page/page-parts.ts";
import type { PagePaths } from "./page/page-paths.ts";
import { PAGE_NAMES } from "./page/page-scope.ts";
import { type FormParts, Pages } from "./page/pages.ts";
import { RegionElement } from "./page/region-element.ts";
import { siteScope } from "./page/site-scope.ts";
import { PageSigns } from "./page-signs.ts";
import * as signs from "./region-signs.ts";
import { checkLive } from "./templates/live-calls.ts";
import { notMorphable } from "./templates/root.ts";
import { Templates } from "./templates/template.ts";
import type { AssetUrl, ViewsOptions } from "./views-options.ts";
import { loadWidgets, WIDGET_NAMES, type WidgetView } from "./widget-view.ts";

/** The element of the layout that holds the page itself. */
const MAIN = "_main";

/** All templates, read and compiled once: how values become HTML, and regions become pages. */
export class Views extends PageSigns implements Renderer {
  readonly views: string;
  readonly shell: string;
  /** By name. */
  readonly widgets: ReadonlyMap<string, WidgetView>;
  /** Files among them that nothing reads. */
  readonly strays: readonly Stray[];
  readonly #fragments: Templates;
  readonly #templates: Templates;
  readonly #pages: Pages;
  readonly #asset: AssetUrl;
  readonly #hasMain: boolean;
  readonly #site: FragmentOptions;
  protected readonly toAuthor: boolean;
  /** By its topic, each widget's own region: the one without params. */
  readonly #ownRegions: ReadonlyMap<unknown, Region>;
  /** Their elements, as they were last. */
  readonly #elements = new Map<Region, RegionElement>();

  /** @throws AuthorError, or an error that names the file, for the first thing that its author has to mend */
  static load(dir: string, asset: AssetUrl, options: ViewsOptions = {}): Views {
    return new Views(dir, asset, options);
  }

  private constructor(
    dir: string,
    asset: AssetUrl,
    {
      development = false,
      absent,
      pages,
      instead,
      elsewhere,
      actions,
      hints = false,
      schemas,
      base = "",
      mediaOrigins,
      words,
      mistake,
    }: ViewsOptions,
  ) {
    super(readWords(dir, words), base);
    const { templates: written, samples, strays } = readViews(dir, { absent, pages, instead });
    this.strays = strays;
    const templates = new Map([...written].map(([name, source]) => [name, withFormParts(source, actions)]));
    // A widget includes neither pages nor the layout, so that changing those resets no region.
    const forWidgets = only(templates, (name) => name !== "layout" && !name.startsWith("pages/"));
    const forPages = only(templates, (name) => !name.startsWith("widgets/"));
    if (!forPages.has("layout")) {
      throw new Error(
        `${shown(dir)} has no layout.eta, which every page is put into. Write one, with <%~ head() %>, <%~ body %> and <%~ stream() %> in it.`,
      );
    }
    for (const source of templates.values()) if (!/^(?:pages|widgets)\//.test(source.name)) noMatter(source);
    this.#asset = asset;
    this.#hasMain = new RegExp(`\\bid=["']?${MAIN}\\b`).test(forPages.get("layout")!.code);
    const helpers = siteScope(this.words, mediaOrigins);
    this.#site = { development, actions, base, helpers };
    this.toAuthor = development;
    this.#fragments = new Templates(forWidgets, WIDGET_NAMES);
    this.#templates = new Templates(forPages, PAGE_NAMES);
    this.widgets = loadWidgets(forWidgets, samples, this.#fragments, schemas, this.words);
    this.#ownRegions = new Map([...this.widgets.keys()].map((name) => [name, regionOf(parseTopic(name))]));
    const regions: RegionParts = {
      ownRegion: (topic) => this.#ownRegions.get(topic),
      check: (region) => this.check(region),
      element: (region, html) => this.#element(region, html ?? this.nothing(region)),
      late: (region) => this.#late(region),
      denial: (region, why) => signs.denial(this.words, this.widget(region.topic).element, why),
      cards: {
        widget: (topic) => this.widget(topic),
        hints,
        samples: actions?.has(SAMPLE_ACTION) ?? false,
        refusal: helpers.refusal,
        words: this.words,
      },
      actions,
      base,
      mistake,
    };
    this.#pages = new Pages(forPages, { templates: this.#templates, asset, regions, helpers, elsewhere });
    checkLive(forPages, this.#templates, this.widgets, strays);
    this.#pages.check();
    const { version } = this.words;
    const said = version === "" ? [] : [version];
    // Other elements may be around what stands in a widget's place: pages are loaded anew once that is mended.
    const replaced = [...(instead?.keys() ?? [])];
    this.views = hash(forWidgets, said, 4);
    // The shorter one: where it is the same by chance, all that goes wrong is that open pages are not told to be loaded anew.
    this.shell = hash(forPages, [...this.#pages.assets, ...said, ...replaced], 3);
  }

  widget(topic: Topic): WidgetView {
    const widget = this.widgets.get(widgetOf(topic));
    if (widget !== undefined) return widget;
    const name = widgetOf(topic);
    const hint = didYouMean(name, this.widgets.keys());
    // Strangers are told of no path.
    const detail = this.toAuthor && hint === "" ? `Write views/widgets/${name}.eta.` : undefined;
    throw new Problem(404, "topic_unknown", `No template under views/widgets renders “${topic}”.${hint}`, { detail });
  }

  protected broken(): string {
    return this.#asset("broken.html");
  }

  check(region: Region): void {
    const widget = this.widget(region.topic);
    if (region.name !== region.topic) widget.typed(region.params);
  }

  fragment(region: Region, sight: RenderInput): string {
    return renderFragment(this.#fragments, this.widget(region.topic), region, sight, this.#site);
  }

  fill({ id, topic }: Region, html: string): string {
    const replaces = this.widget(topic).swap === "replace" || notMorphable(html) !== undefined;
    return replaces ? fill(id, html) : morphInto(id, html);
  }

  staleAfterMs(topic: Topic): number | undefined {
    return this.widgets.get(widgetOf(topic))?.staleAfterMs;
  }

  waiting(region: Region): string {
    const widget = this.widget(region.topic);
    const { initial } = widget;
    if (initial === undefined) return signs.waiting(this.words, widget);
    try {
      return this.fragment(region, { data: initial, history: [], at: 0 });
    } catch (error) {
      return this.unshowable(region, 0, error); // as a value that was published, and not all of its page
    }
  }

  unshowable(region: Region, at: number, error: unknown, id?: string): string {
    const reason = this.toAuthor && error instanceof Problem ? (error.detail ?? error.message) : undefined;
    return signs.unshowable(this.words, this.widget(region.topic).element, at, reason, id);
  }

  /**
   * An open page as it is at another query: partials for its main element, and for its stream.
   * @returns undefined where the layout has no element of the id `_main`, so that the page has to be loaded
   * @throws Problem, AuthorError
   */
  async main(name: string, parts: PageParts): Promise<{ html: string; regions: readonly Region[] } | undefined> {
    if (!this.#hasMain) return undefined;
    const { html, regions, cursor } = await this.#pages.main(name, parts);
    // Last, since it takes the form along that was sent: htmx finds no other target from an element that is gone.
    return { html: this.restream(regions, cursor, parts.seal) + fill(MAIN, html), regions };
  }

  /** The pages' names: `index`, `rooms/list`. */
  get pages(): readonly string[] {
    return this.#pages.names;
  }

  /** Where they are. */
  get paths(): PagePaths {
    return this.#pages.paths;
  }

  /** @throws Problem 404 `page_unknown`, 400 `query_invalid` that lists what is known */
  checkQuery(page: string, query: Readonly<Record<string, string | readonly string[] | undefined>>): Query {
    return this.#pages.checkQuery(page, query);
  }

  /** A whole page as it is sent, its regions filled. @throws Problem, AuthorError */
  page(name: string, parts: PageParts): Promise<Buffer> {
    return this.#pages.render(name, parts);
  }

  /**
   * What is in one of a page's forms, rendered anew: as the page has it, or as it was refused. No region is read for it.
   * @returns undefined where the page has no such form
   * @throws Problem, AuthorError
   */
  form(name: string, parts: FormParts, place: FormPlace, refused?: RefusedForm): string | undefined {
    return this.#pages.form(name, parts, place, refused);
  }

  /**
   * A region that stands on an open page joins its stream, which is opened again for all of them.
   * @throws Problem 400 `region_invalid`, 404 `topic_unknown`
   */
  async joinInPlace(
    present: readonly Region[],
    region: Region,
    fillRegion: Fill,
    seal?: elements.Seal,
  ): Promise<string> {
    return fill(region.id, await fillRegion(region)) + this.restream([...present, region], undefined, seal);
  }

  /**
   * The stream of an open page again, for the regions that it now has: without the cursor that its page had reached, every
   * region is reset, so that nothing that the old stream had not delivered is lost. A region that a deploy has taken away is
   * listed all the same: the stream says that it is gone.
   * @throws Problem 400 `region_invalid` where the list is too long
   */
  restream(regions: readonly Region[], cursor?: string, seal?: elements.Seal): string {
    const listed = parseRegions(regions.map((region) => region.name).join(","));
    // Where nothing is live any more, nothing can be stale.
    return (
      elements.streamElement(listed, { base: this.base, join: true, cursor, seal: seal?.(listed) }) +
      (listed.length === 0 ? elements.pulse("") : "")
    );
  }

  /**
   * New regions for a page that is open, with its stream opened again for all of them.
   * @throws Problem 400 `region_invalid`, 404 `topic_unknown`
   */
  async join(present: readonly Region[], added: readonly Region[], fill: Fill, seal?: elements.Seal): Promise<string> {
    const stream = this.restream([...present, ...added], undefined, seal);
    return (await this.regions(added, fill)) + stream;
  }

  /**
   * Regions' elements for a page whose stream begins anew, filled as far as there is room: what does not fit comes with the
   * stream.
   * @throws Problem 400 `region_invalid`, 404 `topic_unknown`
   */
  async regions(regions: readonly Region[], fill: Fill): Promise<string> {
    const budget = new PageBudget();
    const htmls = await Promise.all(regions.map(fill));
    const shown = htmls.map((html, i) => (budget.take(html) ? html : this.#late(regions[i]!)));
    return shown.map((html, i) => this.#element(regions[i]!, html).html).join("");
  }

  #late(region: Region): string {
    const widget = this.widget(region.topic);
    return signs.late(this.words, widget.element, this.toAuthor ? widget.kind : undefined);
  }

  #element(region: Region, html: string): RegionElement {
    const last = this.#elements.get(region);
    if (last?.inner === html) return last;
    this.check(region);
    const element = new RegionElement(region, this.widget(region.topic), html);
    if (this.#ownRegions.get(region.topic) === region) this.#elements.set(region, element);
    return element;
  }
}

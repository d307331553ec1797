import type { Region } from "../../engine/core/region.ts";
import { itemId, regionOf } from "../../engine/core/region.ts";
import { parseTopic } from "../../engine/core/topic.ts";
import type { Sample } from "../../engine/views/files/samples.ts";
import type { TemplateSource } from "../../engine/views/files/view-files.ts";
import type { Views } from "../../engine/views/views.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import { isAuthors } from "./templates.ts";

export interface CheckedSiteParts {
  readonly views: Views;
  readonly sources: ReadonlyMap<string, TemplateSource>;
  /** The names of all that visitors can do. */
  readonly actions: ReadonlySet<string>;
  /** Those under public. */
  readonly files: readonly string[];
  /** Where pictures and media may come from, besides the server itself. */
  readonly mediaOrigins: readonly string[];
}

/** All templates of an author's, which load, and what they refer to. */
export class CheckedSite {
  readonly views: Views;
  readonly actions: ReadonlySet<string>;
  readonly files: readonly string[];
  readonly mediaOrigins: readonly string[];
  readonly #sources: ReadonlyMap<string, TemplateSource>;

  constructor({ views, sources, actions, files, mediaOrigins }: CheckedSiteParts) {
    this.views = views;
    this.actions = actions;
    this.files = files;
    this.mediaOrigins = mediaOrigins;
    this.#sources = sources;
  }

  get widgets(): readonly WidgetView[] {
    return [...this.views.widgets.values()];
  }

  /** Where a widget's HTML may have been written: in its template, and in what that includes. */
  ofWidget(name: string): TemplateSource[] {
    return [...this.#named(`widgets/${name}`), ...this.#snippets()];
  }

  /** Where a page's HTML may have been written, but for its regions. */
  ofPage(name: string): TemplateSource[] {
    return [...this.#named(`pages/${name}`), ...this.#named("layout"), ...this.#snippets()];
  }

  /** The file of a widget's samples, as its author knows it, whether or not there is one. */
  samplesOf(name: string): string {
    const [{ file } = { file: "" }] = this.#named(`widgets/${name}`);
    return file.replace(/\.eta$/, ".samples.json");
  }

  #named(name: string): TemplateSource[] {
    const source = this.#sources.get(name);
    return source === undefined ? [] : [source];
  }

  /** All but pages, widgets and the layout. */
  #snippets(): TemplateSource[] {
    const isOther = ({ name }: TemplateSource) => name !== "layout" && !/^(?:pages|widgets)\//.test(name);
    return [...this.#sources.values()].filter((source) => isAuthors(source) && isOther(source));
  }
}

/** What a widget makes of one of its samples. @param item which of a list's items it is @throws Problem */
export function pictureOf(views: Views, { name, kind }: WidgetView, sample: Sample, item = 1): string {
  const region = regionOfSample(name, sample);
  return views.fragment(region, kind === "log" ? { ...sample, id: itemId(region.id, `${item}`) } : sample);
}

const regionOfSample = (name: string, { params }: Sample): Region => regionOf(parseTopic(name), params);

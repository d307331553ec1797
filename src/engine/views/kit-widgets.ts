import { Problem } from "../core/problem.ts";
import type { Region } from "../core/region.ts";
import { widgetOf } from "../core/topic.ts";
import type { RenderInput } from "../core/widget.ts";
import { ENGLISH } from "../words/words.ts";
import { readViews } from "./files/view-files.ts";
import { withFormParts } from "./forms/form-source.ts";
import { renderFragment } from "./fragment.ts";
import { siteScope } from "./page/site-scope.ts";
import { Templates } from "./templates/template.ts";
import { loadWidgets, WIDGET_NAMES, type WidgetView } from "./widget-view.ts";

/** Whoever looks at them is an author. */
const OPTIONS = { development: true, helpers: siteScope(ENGLISH) };

/** Widgets that are not this site's, but may become so: they have samples, and no topic. */
export class KitWidgets {
  /** By name. */
  readonly widgets: ReadonlyMap<string, WidgetView>;
  readonly #templates: Templates;

  /** @throws AuthorError */
  constructor(dir: string) {
    const { templates, samples } = readViews(dir);
    const own = [...templates].filter(([name]) => name.startsWith("widgets/"));
    const sources = new Map(own.map(([name, source]) => [name, withFormParts(source, undefined)]));
    this.#templates = new Templates(sources, WIDGET_NAMES);
    this.widgets = loadWidgets(sources, samples, this.#templates);
  }

  /** @throws Problem as `Views.fragment` does */
  fragment(region: Region, sight: RenderInput): string {
    const widget = this.widgets.get(widgetOf(region.topic));
    if (widget === undefined) throw new Problem(404, "topic_unknown", "There is no widget to take of this name.");
    return renderFragment(this.#templates, widget, region, sight, OPTIONS);
  }
}

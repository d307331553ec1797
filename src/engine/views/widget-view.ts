import { AuthorError } from "../core/author-error.ts";
import { JsonText } from "../core/json.ts";
import { didYouMean, Problem } from "../core/problem.ts";
import type { RawParams } from "../core/region.ts";
import { parseTopic, widgetOf } from "../core/topic.ts";
import type { Widget } from "../core/widget.ts";
import { WRITTEN_NAMES } from "../format/written.ts";
import type { Words } from "../words/words.ts";
import { type WidgetMatter, widgetMatter } from "./files/front-matter.ts";
import type { ParamValue } from "./files/params.ts";
import { parseSamples, type Sample } from "./files/samples.ts";
import type { TemplatePart } from "./files/template-parts.ts";
import type { ValueSchema } from "./files/value-schema.ts";
import type { TemplateSource, ViewFiles } from "./files/view-files.ts";
import { FORM_NAMES } from "./forms/forms.ts";
import { checkNotLive } from "./templates/live-calls.ts";
import { firstTag, idOf } from "./templates/root.ts";
import type { Templates } from "./templates/template.ts";

/** What a widget's template sees. */
export const WIDGET_NAMES = [
  "data",
  "history",
  "params",
  "topic",
  "at",
  "id",
  "item",
  "markdown",
  "mayShow",
  "format",
  "chart",
  "words",
  "refuse",
  ...FORM_NAMES,
  ...WRITTEN_NAMES,
];

/** A widget, with all that its front matter, template and samples say of it. */
export interface WidgetView extends Widget, Readonly<Omit<WidgetMatter, "history" | "params">> {
  /** The name of its template: `widgets/price`. */
  readonly template: string;
  /** The template as its author wrote it. */
  readonly source: string;
  readonly samples: readonly Sample[];
  readonly schema: ValueSchema | undefined;
  /** Its params, typed as declared. @throws Problem 400 `region_invalid` */
  typed(raw: RawParams): Readonly<Record<string, ParamValue>>;
}

/** The widgets among the templates. @param words as of `widgetMatter` @throws AuthorError */
export function loadWidgets(
  sources: ReadonlyMap<string, TemplateSource>,
  samples: ViewFiles["samples"],
  templates: Templates,
  schemas: ReadonlyMap<string, ValueSchema> = new Map(),
  words?: Words,
): Map<string, WidgetView> {
  const widgets = new Map<string, WidgetView>();
  for (const source of sources.values()) {
    if (!source.name.startsWith("widgets/")) continue;
    const name = source.name.slice("widgets/".length);
    checkName(name, source);
    checkNotLive(source);
    const matter = widgetMatter(source, words);
    if (matter.kind === "log") checkItem(source, templates.parts(source.name));
    const file = samples.get(name);
    const own = file ? parseSamples(file.file, file.text) : [];
    const schema = schemas.get(name);
    schema?.checkAnswersAtOnce(own.map(({ data }) => JsonText.of(data)));
    widgets.set(name, {
      ...view(name, source, matter, own),
      schema,
      checkValue: schema && ((json) => schema.check(json)),
    });
  }
  for (const [name, { file }] of samples) {
    if (!widgets.has(name)) throw new Error(`${file} has no template beside it.${didYouMean(name, widgets.keys())}`);
  }
  return widgets;
}

/** A widget's name is a topic, so that there are no subfolders. What several widgets include belongs to `views/snippets`. */
function checkName(name: string, { file }: TemplateSource): void {
  try {
    if (widgetOf(parseTopic(name.replaceAll("/", "-"))) === name) return;
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  const meant = file.slice(0, -`${name}.eta`.length) + name.replaceAll("/", "-");
  throw new Error(
    `${file}: a widget's name is lower-case letters, digits and “-”, in one folder. Move it to ${meant}.eta.`,
  );
}

/** A widget with params retains this many times the items that it shows, up to a maximum, since some are filtered out. */
const FILTER_FACTOR = 20;
const MAX_FILTERED = 5000;

function view(
  name: string,
  source: TemplateSource,
  matter: WidgetMatter,
  samples: Sample[],
): Omit<WidgetView, "schema"> {
  const { history, params, ...rest } = matter;
  const { kind, keep } = rest;
  const filtered = params.size > 0;
  const shown = filtered ? Math.min(FILTER_FACTOR * keep, Math.max(keep, MAX_FILTERED)) : keep;
  const retain = kind === "state" ? history + 1 : shown;
  const typed = (raw: RawParams) =>
    Object.fromEntries(
      Object.entries(raw).map(([key, text]) => {
        const value = params.typed(key, text);
        if (value !== undefined) return [key, value];
        const wrong = params.has(key) ? `param “${key}” of` : "params of";
        throw new Problem(
          400,
          "region_invalid",
          `The ${wrong} widget “${name}” is not as declared. ${params.explain(key)}`,
        );
      }),
    );
  return {
    ...rest,
    name,
    template: source.name,
    retain,
    filtered,
    source: source.text,
    samples,
    typed,
  };
}

/** Refuses a template of kind log whose first tag has not the item's id: its items could be neither replaced nor removed. */
function checkItem(source: TemplateSource, parts: readonly TemplatePart[]): void {
  const marked = parts.map((part) =>
    typeof part === "string" ? part : part.kind === "i" && part.code.trim() === "id" ? "\u0001" : "",
  );
  const first = firstTag(marked.join(""));
  if (first !== undefined && idOf(first.attributes) === "\u0001") return;
  const before = marked.join("").slice(0, first?.index ?? 0);
  throw new AuthorError(
    'the first tag of a log’s template must carry id="<%= id %>", so that its items can be replaced and removed: <li id="<%= id %>">.',
    { ...source, line: before.split("\n").length },
  );
}

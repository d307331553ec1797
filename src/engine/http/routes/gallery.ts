import type Router from "@koa/router";
import type { Context } from "koa";
import { KIT, kitWidgets } from "../../../kit/kit.ts";
import type { Broker } from "../../broker/broker.ts";
import { didYouMean, Problem } from "../../core/problem.ts";
import { itemId, regionOf } from "../../core/region.ts";
import { parseTopic, type Topic } from "../../core/topic.ts";
import { BEGINNING, highlight } from "../../markdown/highlight.ts";
import type { Sample } from "../../views/files/samples.ts";
import { OWN_PAGES } from "../../views/files/view-files.ts";
import { PUBLISH_ACTION } from "../../views/forms/action-forms.ts";
import { exampleFor, type ValueField, valueFields } from "../../views/forms/value-form.ts";
import { KitWidgets } from "../../views/kit-widgets.ts";
import type { DeniedTopics, Fill } from "../../views/page/page-load.ts";
import type { PageParts } from "../../views/page/page-parts.ts";
import { around } from "../../views/templates/root.ts";
import type { Views } from "../../views/views.ts";
import type { WidgetView } from "../../views/widget-view.ts";
import { originOf } from "../request/address.ts";
import type { Authorizer } from "../request/authorizer.ts";
import type { PageLink } from "./feature-routes.ts";
import { wholePage } from "./pages.ts";

export interface Gallery {
  readonly views: () => Views;
  readonly broker: Broker;
  readonly fill: Fill;
  readonly authorizer: Authorizer;
  /** Whether a source publishes to a topic. */
  readonly hasSource: (topic: Topic) => boolean;
  /** Whether a topic is for pages of its author's alone: the gallery does not show it, then. */
  readonly isForPages: (topic: Topic) => boolean;
  /** The token that publishing needs, as a shell's variable; undefined: none. */
  readonly token: string | undefined;
  /** Whether visitors' forms are taken, and anybody may publish. */
  readonly isOpen: boolean;
  /** Of features, beside the widgets. */
  readonly links: readonly PageLink[];
  /** The widgets that are features' own, by name: the list leaves them out. */
  readonly ownWidgets: ReadonlySet<string>;
  /** Whether templates are shown, and the widgets to take: on a public site they are its author's alone. */
  readonly showSource: boolean;
}

/** The gallery's name, for the author's hook. */
const GALLERY = "widgets";
/** Where the widgets to take are, below it. No widget's name has a slash. */
const TO_TAKE = "to-take";

/**
 * The gallery: all widgets with their samples at `/widgets`, and each alone and live at `/widgets/<name>`, with its template
 * where that may be shown. There, too, are the widgets to take: those of the kit, but for the names that the author has.
 */
export function galleryRoutes(router: Router, parts: Gallery): void {
  const { views, broker, fill, authorizer, hasSource, isForPages, token, isOpen, links, ownWidgets, showSource } =
    parts;
  /** @param page as the author's hook knows it, however its address is written */
  const show = async (ctx: Context, page: string, template: string, shown: Partial<PageParts>) => {
    const user = await authorizer.page(ctx, page);
    const cursor = broker.cursor(); // before anything is read
    const denied: DeniedTopics = (topics) => authorizer.denied(ctx, topics);
    const haveEnded = (topics: readonly Topic[]) => broker.haveEnded(topics);
    const given = { user, denied, haveEnded, cursor, fill, origin: originOf(ctx), ...shown };
    await wholePage(ctx, (coding) => views().page(OWN_PAGES + template, { ...given, ...coding }));
  };
  // Anyone may ask for the gallery as often as they like: its samples stand still for as long as the templates do.
  const galleries = new WeakMap<Views, object>();
  let read: KitWidgets | undefined;
  const kit = () => {
    read ??= new KitWidgets(KIT);
    return read;
  };
  const galleryOf = (present: Views): object => {
    const listed = [...present.widgets.values()].filter(({ name }) => !ownWidgets.has(name));
    const others = showSource ? [...kit().widgets.values()].filter(({ name }) => !present.widgets.has(name)) : [];
    return {
      widgets: listed.map((widget) => tile(present, widget, `/${GALLERY}/${widget.name}`)),
      toTake: others.map((widget) => tile(kit(), widget, `/${GALLERY}/${TO_TAKE}/${widget.name}`)),
      links,
      showSource,
    };
  };

  router.get("/widgets", async (ctx) => {
    const present = views();
    const data = galleries.get(present) ?? galleryOf(present);
    galleries.set(present, data);
    await show(ctx, GALLERY, "_gallery", { data, lasting: data, title: present.words.of("gallery") });
  });

  router.get("/widgets/:name", async (ctx) => {
    const present = views();
    const name = ctx.params.name ?? "";
    const widget = present.widgets.get(name);
    if (widget === undefined) {
      // What there is, is told to whoever may see the list of it.
      await authorizer.page(ctx, GALLERY);
      const hint = didYouMean(name, present.widgets.keys());
      throw new Problem(404, "widget_unknown", `There is no widget of this name.${hint}`);
    }
    // Where a source serves any topic under the name, there is no one topic to show to everybody.
    const family = hasSource(parseTopic(`${name}/any`));
    const samples = picturesOf(present, widget);
    const own = present.pages.includes(name) ? `/${name}` : undefined;
    const commands = family ? [] : commandsOf(widget, originOf(ctx), token);
    if (widget.command !== undefined && hasSource(parseTopic(name))) commands.unshift(widget.command);
    const forPages = isForPages(parseTopic(name));
    const form = isOpen && !family && !forPages ? formOf(widget) : undefined;
    const data = { widget, samples, family, forPages, own, form, commands, showSource, around, code };
    await show(ctx, `${GALLERY}/${name}`, "_widget", { data, title: widget.title });
  });

  // On a public site they are no news for visitors.
  if (!showSource) return;
  router.get("/widgets/to-take/:name", async (ctx) => {
    const name = ctx.params.name ?? "";
    const widget = kit().widgets.get(name);
    if (widget === undefined) {
      const hint = didYouMean(name, kit().widgets.keys());
      throw new Problem(404, "widget_unknown", `There is no widget to take of this name.${hint}`);
    }
    const files = kitWidgets().get(name)?.files ?? [];
    const isFed = files.some((file) => file.startsWith("sources/")); // what comes with a source needs no other
    const commands = isFed ? [] : commandsOf(widget, originOf(ctx), token);
    const data = { widget, samples: picturesOf(kit(), widget), files, commands, showSource, around, code };
    await show(ctx, GALLERY, "_widget", { data, title: widget.title });
  });
}

/** Code as HTML, with its comments, strings and words marked. */
const code = (text: string, language: string): string => highlight(text, language, BEGINNING).html;

/** What the gallery shows of a widget. @param path where it has a page of its own */
function tile(views: Fragments, widget: WidgetView, path: string): object {
  // The sample with the longest history first: it shows most of what the widget can do.
  const pictures = picturesOf(views, widget).toSorted((a, b) => b.earlier - a.earlier);
  return { ...widget, path, around, pictures: pictures.slice(0, widget.kind === "log" ? 3 : 1) };
}

/** By which a value is typed that the widget takes, if its schema says what that is. Of an object's shape, once for each set of templates. */
const forms = new WeakMap<WidgetView, GalleryForm>();

interface GalleryForm {
  readonly action: string;
  readonly fields: readonly ValueField[] | undefined;
}

function formOf(widget: WidgetView): GalleryForm | undefined {
  const { schema, samples } = widget;
  if (schema === undefined) return undefined;
  const form = forms.get(widget) ?? { action: PUBLISH_ACTION, fields: valueFields(schema, samples[0]?.data) };
  forms.set(widget, form);
  return form.fields && form;
}

/** What renders samples. */
type Fragments = Pick<Views, "fragment">;

interface Picture {
  readonly name: string;
  /** What was published, as an author would write it. */
  readonly json: string;
  readonly html: string;
  /** Why there is no HTML; undefined where there is. */
  readonly error: string | undefined;
  /** How many earlier values it has. */
  readonly earlier: number;
}

/** Rendered once for each set of templates, since anyone may ask for the gallery as often as they like. */
const made = new WeakMap<WidgetView, readonly Picture[]>();

function picturesOf(views: Fragments, widget: WidgetView): readonly Picture[] {
  const pictures = made.get(widget) ?? widget.samples.map((sample, i) => picture(views, widget, sample, i));
  made.set(widget, pictures);
  return pictures;
}

/** A sample as its widget renders it, with a topic of its own, so that its ids differ from the live region's. */
function picture(views: Fragments, { name, kind }: WidgetView, sample: Sample, index: number): Picture {
  const json = JSON.stringify(sample.data, null, 2);
  const earlier = sample.history.length;
  try {
    const region = regionOf(parseTopic(`${name}/sample-${index + 1}`), sample.params);
    const sight = kind === "log" ? { ...sample, id: itemId(region.id, "1"), item: sample.item ?? sample.name } : sample;
    return { name: sample.name, json, html: views.fragment(region, sight), error: undefined, earlier };
  } catch (error) {
    // A sample that cannot be rendered must not hide the others, nor the template.
    if (!(error instanceof Problem)) throw error;
    return { name: sample.name, json, html: "", error: error.message, earlier };
  }
}

/** The commands that publish to a widget: its first sample, or else what its schema gives as an example, to be written over. */
function commandsOf({ name, samples, schema }: WidgetView, origin: string, token: string | undefined): string[] {
  const { data, item: named } = samples[0] ?? { data: (schema && exampleFor(schema)) ?? {}, item: undefined };
  const address = `${origin}/publish/${name}`;
  const item = named === undefined ? "" : `?item=${encodeURIComponent(named).replaceAll("'", "%27")}`;
  const lines = [`curl ${item === "" ? address : `'${address}${item}'`}`, "-H 'content-type: application/json'"];
  if (token !== undefined) lines.push(`-H "authorization: Bearer ${token}"`);
  // In single quotes a shell takes everything as it is but the quote itself.
  lines.push(`-d '${JSON.stringify(data).replaceAll("'", "'\\''")}'`);
  return [lines.join(" \\\n  ")];
}

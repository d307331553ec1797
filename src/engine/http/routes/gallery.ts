import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../../broker/broker.ts";
import { didYouMean, Problem } from "../../core/problem.ts";
import { itemId, regionOf } from "../../core/region.ts";
import { parseTopic, type Topic } from "../../core/topic.ts";
import type { Fill } from "../../views/page-load.ts";
import type { Sample } from "../../views/samples.ts";
import type { Views } from "../../views/views.ts";
import type { WidgetView } from "../../views/widget-view.ts";
import { originOf } from "../request/address.ts";
import { html } from "./pages.ts";

export interface Gallery {
  readonly views: () => Views;
  readonly broker: Broker;
  readonly fill: Fill;
  /** Whether a source publishes to a topic. */
  readonly hasSource: (topic: Topic) => boolean;
  /** Whether publishing needs a token. */
  readonly token: boolean;
  /** Whether each widget's template is shown: on a public site it is its author's alone. */
  readonly showSource: boolean;
}

/**
 * Every widget with what its author wrote, so far as that may be shown: all of them at `/widgets`, and each alone and live at
 * `/widgets/<name>`.
 */
export function galleryRoutes(router: Router, { views, broker, fill, hasSource, token, showSource }: Gallery): void {
  const show = async (ctx: Context, page: string, data: object, title?: string) => {
    const cursor = broker.cursor(); // before anything is read
    html(ctx, await views().page(`widgets/${page}`, { cursor, fill, origin: originOf(ctx), data, title }));
  };

  router.get("/widgets", async (ctx) => {
    const present = views();
    const widgets = [...present.widgets.values()].map((widget) => {
      // A state with its history shows most of what it can do, and a log with some items that it is one.
      const pictures = picturesOf(present, widget).toSorted((a, b) => b.earlier - a.earlier);
      return { ...widget, pictures: pictures.slice(0, widget.kind === "log" ? 3 : 1) };
    });
    await show(ctx, "_index", { widgets, showSource });
  });

  router.get("/widgets/:name", async (ctx) => {
    const present = views();
    const name = ctx.params.name ?? "";
    const widget = present.widgets.get(name);
    if (widget === undefined) {
      const hint = didYouMean(name, present.widgets.keys());
      throw new Problem(404, "widget_unknown", `There is no widget of this name.${hint}`);
    }
    // A source that serves any topic under the name runs for whoever asks, so that there is none to show for everybody.
    const family = hasSource(parseTopic(`${name}/any`));
    const samples = picturesOf(present, widget);
    const own = present.pages.includes(name) ? `/${name}` : undefined;
    const commands = family ? [] : commandsOf(widget, originOf(ctx), token);
    if (widget.command !== undefined && hasSource(parseTopic(name))) commands.unshift(widget.command);
    await show(ctx, "_widget", { widget, samples, family, own, commands, showSource }, widget.title);
  });
}

interface Picture {
  readonly name: string;
  /** What was published, as an author would write it. */
  readonly json: string;
  readonly html: string;
  /** Why there is no HTML. */
  readonly error: string | undefined;
  /** How many earlier values it has. */
  readonly earlier: number;
}

/** Made once for each set of templates, since anyone may ask for them as often as they like. */
const made = new WeakMap<WidgetView, readonly Picture[]>();

function picturesOf(views: Views, widget: WidgetView): readonly Picture[] {
  const pictures = made.get(widget) ?? widget.samples.map((sample, i) => picture(views, widget, sample, i));
  made.set(widget, pictures);
  return pictures;
}

/** A sample as its widget renders it, as a topic of its own: so that no id in it is one that the live region has. */
function picture(views: Views, { name, kind }: WidgetView, sample: Sample, index: number): Picture {
  const json = JSON.stringify(sample.data, null, 2);
  const earlier = sample.history.length;
  try {
    const region = regionOf(parseTopic(`${name}/sample-${index + 1}`), sample.params);
    const sight = kind === "log" ? { ...sample, id: itemId(region.id, "1") } : sample;
    return { name: sample.name, json, html: views.fragment(region, sight), error: undefined, earlier };
  } catch (error) {
    // One sample that is wrong must not hide the others, nor the template that is to be mended.
    if (!(error instanceof Problem)) throw error;
    return { name: sample.name, json, html: "", error: error.message, earlier };
  }
}

/** What one types to feed a widget, with its first sample. */
function commandsOf({ name, samples }: WidgetView, origin: string, token: boolean): string[] {
  const [sample] = samples;
  if (sample === undefined) return [];
  const lines = [`curl ${origin}/publish/${name}`, "-H 'content-type: application/json'"];
  if (token) lines.push('-H "authorization: Bearer $PUBLISH_TOKEN"');
  // In single quotes a shell takes everything as it is but the quote itself.
  lines.push(`-d '${JSON.stringify(sample.data).replaceAll("'", "'\\''")}'`);
  return [lines.join(" \\\n  ")];
}

import { fill, replaceElement } from "../../src/engine/core/partial.ts";
import { Problem } from "../../src/engine/core/problem.ts";
import type { Region } from "../../src/engine/core/region.ts";
import { widgetOf } from "../../src/engine/core/topic.ts";
import type { Notice, Renderer, RenderInput, Widget } from "../../src/engine/core/widget.ts";

export const widgets: Record<string, Widget> = {
  /** Stale after ten seconds. */
  brisk: { name: "brisk", kind: "state", keep: 50, retain: 1, filtered: false },
  value: { name: "value", kind: "state", keep: 50, retain: 3, filtered: false },
  list: { name: "list", kind: "log", keep: 4, retain: 4, filtered: false },
  long: { name: "long", kind: "log", keep: 40, retain: 40, filtered: false },
  /** Shows, of numbers, the multiples of `of`. */
  some: { name: "some", kind: "log", keep: 3, retain: 12, filtered: true },
};

/** Templates small enough to hold in the head. Those whose version ends in an odd digit, but for the first, cannot take a 7. */
export function renderer(views = "v1"): Renderer & { rendered: number } {
  const picky = /[3579]$/.test(views);
  const made = {
    views,
    shell: "s1",
    rendered: 0,
    widget(topic) {
      const widget = widgets[widgetOf(topic)];
      if (widget === undefined) throw new Problem(404, "topic_unknown", "No such widget.");
      return widget;
    },
    staleAfterMs: (topic) => (widgetOf(topic) === "brisk" ? 10_000 : undefined),
    check(region: Region) {
      made.widget(region.topic);
    },
    fragment({ topic, params }: Region, { data, history, id }: RenderInput) {
      made.rendered++;
      if (data === "throw" || (data === 7 && picky))
        throw new Problem(422, "render_failed", "The template cannot take it.");
      if (id === undefined) return `<b>${views} ${JSON.stringify([data, history])}</b>`;
      if (params.of !== undefined && Number(data) % Number(params.of) !== 0) return "";
      return `<li id="${id}">${views} ${topic} ${JSON.stringify(data)}</li>`;
    },
    fill: ({ id }: Region, html: string) => fill(id, html),
    waiting: () => "<p>waiting</p>",
    unshowable: (_: Region, _at: number, _error: unknown, id?: string) =>
      id === undefined ? "<p>broken</p>" : `<li id="${id}">broken</li>`,
    stale: (_: Region, _since: number, reason: string) => `<p>${reason}</p>`,
    gone: () => "<p>gone</p>",
    pulse: () => fill("_pulse", "."),
    streamId: (id: string) => replaceElement("_here", id),
    notice: (said: Notice) => fill("_notice", typeof said === "object" ? said.mistake : said),
  } satisfies Renderer & { rendered: number };
  return made;
}

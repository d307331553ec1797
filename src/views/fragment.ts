import { markdown } from "../markdown.ts";
import { Problem } from "../problem.ts";
import type { Region } from "../region.ts";
import type { Sight } from "../widget.ts";
import { wellFormed } from "./html.ts";
import { notOneRoot } from "./root.ts";
import type { Templates } from "./template.ts";
import type { WidgetView } from "./widget-view.ts";

const MAX_BYTES = 64 * 1024;

/** @throws Problem 422 `render_failed`, 422 `fragment_too_large`, 400 `region_invalid` */
export function renderFragment(templates: Templates, widget: WidgetView, region: Region, sight: Sight): string {
  const { data, history, at, id } = sight;
  const params = widget.typed(region.params);
  // A copy, since a template that reverses its history must not reverse everybody's.
  const scope = { data, history: [...history], params, topic: region.topic, at, id, markdown };
  const html = wellFormed(rendered(templates, widget, scope)).trim();
  if (Buffer.byteLength(html) > MAX_BYTES) {
    throw new Problem(
      422,
      "fragment_too_large",
      `Widget “${widget.name}” renders this value to more than 64 KiB of HTML.`,
    );
  }
  const wrong = widget.kind === "log" && html !== "" ? notOneRoot(html, id ?? "") : undefined;
  if (wrong !== undefined) {
    const fix = `An item is one element that carries id="<%= id %>", or nothing; here ${wrong}.`;
    throw new Problem(422, "render_failed", `Widget “${widget.name}” does not render this value to one item. ${fix}`);
  }
  return html;
}

function rendered(templates: Templates, widget: WidgetView, scope: Record<string, unknown>): string {
  try {
    return templates.render(widget.template, scope);
  } catch (cause) {
    const title = `Widget “${widget.name}” cannot render this value. The server's log has the file and the line.`;
    throw new Problem(422, "render_failed", title, { cause });
  }
}

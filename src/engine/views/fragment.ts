import { AuthorError } from "../core/author-error.ts";
import { wellFormed } from "../core/html.ts";
import { LIMITS } from "../core/limits.ts";
import { Problem } from "../core/problem.ts";
import type { Region } from "../core/region.ts";
import type { RenderInput } from "../core/widget.ts";
import { asNumber, utc } from "../format/written.ts";
import { type FormTarget, widgetForms } from "./forms/action-forms.ts";
import { PAGE_NAMES } from "./page/page-scope.ts";
import type { SiteScope } from "./page/site-scope.ts";
import { notMorphable, notOneRoot, withoutGaps } from "./templates/root.ts";
import type { Templates } from "./templates/template.ts";
import type { WidgetView } from "./widget-view.ts";

export interface FragmentOptions extends FormTarget {
  /** Whether the publisher is the template's author: then the error tells the file, the line and the reason. */
  readonly development: boolean;
  readonly helpers: SiteScope;
}

/**
 * Renders one value of a widget.
 * @throws Problem 422 `value_refused` where the template says so, 422 `render_failed`, 422 `fragment_too_large`, 400
 *   `region_invalid`
 */
export function renderFragment(
  templates: Templates,
  widget: WidgetView,
  region: Region,
  sight: RenderInput,
  { development, helpers, ...target }: FragmentOptions,
): string {
  const { data, history, at, id, item } = sight;
  const refuse = (why: unknown): never => {
    throw new Problem(422, "value_refused", `Widget “${widget.name}” refuses this value.`, { detail: String(why) });
  };
  const { action, _fields, _id } = widgetForms(widget.name, target);
  // Written out, since it is made for each value that is published, and one that is spread of others takes many times as long.
  const scope = {
    data,
    history: [...history], // a copy, since a template may reverse it in place
    params: widget.typed(region.params),
    topic: region.topic,
    at,
    id,
    item,
    action,
    _fields,
    _id,
    markdown: helpers.markdown,
    mayShow: helpers.mayShow,
    format: helpers.format,
    chart: helpers.chart,
    words: helpers.words,
    refuse,
    refusal: helpers.refusal,
    asNumber,
    asDigits: helpers.asDigits,
    utc,
  };
  const whole = wellFormed(rendered(templates, widget, scope, development)).trim();
  const html = widget.kind === "state" && widget.swap !== "replace" ? withoutGaps(whole) : whole;
  if (Buffer.byteLength(html) > LIMITS.fragmentBytes) {
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
  const unfit = widget.swap === "morph" ? notMorphable(html) : undefined;
  if (unfit !== undefined) {
    const fix = `With “swap: morph” it is elements with nothing between them; here ${unfit}. Put one element around all of it.`;
    throw new Problem(
      422,
      "render_failed",
      `Widget “${widget.name}” does not render this value so that it can be morphed. ${fix}`,
    );
  }
  return html;
}

function rendered(
  templates: Templates,
  widget: WidgetView,
  scope: Record<string, unknown>,
  development: boolean,
): string {
  try {
    return templates.render(widget.template, scope);
  } catch (cause) {
    if (cause instanceof Problem && cause.code === "value_refused") throw cause;
    const where = development ? "" : " The server's log has the file and the line.";
    const detail = development ? reasonOf(cause, scope.data) : undefined;
    throw new Problem(422, "render_failed", `Widget “${widget.name}” cannot render this value.${where}`, {
      detail,
      cause,
    });
  }
}

/** `views/widgets/price.eta:3: data.price is undefined`, with a hint for the commonest mistakes. */
function reasonOf(error: unknown, data: unknown): string {
  const reason = error instanceof AuthorError ? `${error.file}:${error.line}: ${error.reason}` : String(error);
  const [told, unknown = ""] = /^.* (\S+) is not defined\b/s.exec(reason) ?? [];
  if (Object.hasOwn(Object(data), unknown)) return `${told}. Write data.${unknown}.`;
  if (PAGE_NAMES.includes(unknown)) return `${told}: it is for pages and their layout alone.`;
  // Published values are frozen, since all who render them share them.
  const changed = /read only property|not extensible|Cannot delete property/.test(reason);
  return changed
    ? `${reason}. A template cannot change data: copy it first, as data.toSorted() and { ...data } do.`
    : reason;
}

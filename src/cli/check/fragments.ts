import { Problem } from "../../engine/core/problem.ts";
import { attribute, type HtmlElement } from "../../engine/views/forms/form-fields.ts";
import { isTyped, PRESERVE } from "../../engine/views/forms/without-script.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import { doubles, readFragment } from "./document.ts";
import type { Finding } from "./finding.ts";
import { markupFindings } from "./markup.ts";
import { placeOf } from "./place.ts";
import { policyFindings } from "./policy.ts";
import { type CheckedSite, pictureOf } from "./site.ts";
import { findingOf } from "./templates.ts";
import type { Validate } from "./validator.ts";

/** Of more, a swap takes a page too long: to remove an element costs it some 40 µs. */
const MOST_ELEMENTS = 500;

/** What is wrong with what a widget makes of its samples. */
export async function fragmentFindings(site: CheckedSite, widget: WidgetView, validate?: Validate): Promise<Finding[]> {
  const templates = site.ofWidget(widget.name);
  const { file } = templates[0]!;
  const findings: Finding[] = [];
  const regions: string[] = [];
  for (const sample of widget.samples) {
    try {
      const html = pictureOf(site.views, widget, sample);
      const inRegion = (html: string) => `<${widget.element}>${html}</${widget.element}>`;
      regions.push(inRegion(html));
      const { length } = readFragment(html).elements;
      if (length > MOST_ELEMENTS) findings.push({ file, mend: tooMany(sample.name, length) });
      // Of a list there are several items on a page.
      const other = widget.kind === "log" ? pictureOf(site.views, widget, sample, 2) : "";
      for (const { id, element } of doubles(readFragment(inRegion(html + other)))) {
        findings.push({ ...(placeOf(element, templates) ?? { file }), mend: twice(id, widget) });
      }
    } catch (error) {
      findings.push(ofSample(error, sample.name, file));
    }
  }
  const all = readFragment(regions.join("\n"));
  for (const element of all.elements.filter(isLost)) {
    findings.push({ ...(placeOf(element, templates) ?? { file }), mend: LOST(element) });
  }
  const templatesOf = () => templates;
  findings.push(...policyFindings(all, templatesOf, site.mediaOrigins));
  return [...findings, ...(await markupFindings(all, templatesOf, validate))];
}

/** Whether what is typed there is lost with the next value. */
function isLost(element: HtmlElement): boolean {
  if (!/^(?:input|select|textarea)$/.test(element.tagName) || isOut(element)) return false;
  if (!isTyped(element.tagName, attribute(element, "type")?.toLowerCase())) return false;
  return attribute(element, PRESERVE) === undefined || attribute(element, "id") === undefined;
}

/** Whether nobody can type there. */
const isOut = (element: HtmlElement) =>
  ["hidden", "disabled", "readonly"].some((name) => attribute(element, name) !== undefined);

const LOST = ({ tagName }: HtmlElement) =>
  `what is typed in this <${tagName}> is lost when the next value comes. Put it on a page, beside the region; or give it an id and ${PRESERVE}.`;

const tooMany = (sample: string, count: number) =>
  `sample “${sample}” renders ${count} elements, of which a page swaps at most ${MOST_ELEMENTS} well. Show fewer of them.`;

const twice = (id: string, { kind }: WidgetView) =>
  kind === "log"
    ? `the id “${id}” is in each item. Make it of the item’s own: id="<%= id %>-…".`
    : `the id “${id}” is there twice. Give each element another, or a class.`;

function ofSample(error: unknown, sample: string, file: string): Finding {
  const isRefused = error instanceof Problem && error.code === "value_refused";
  const { mend, ...place } = findingOf(error, file);
  const why = isRefused ? `is refused: ${mend}` : `is not rendered: ${mend}`;
  return { ...place, mend: `sample “${sample}” ${why}` };
}

import { parseFragment } from "parse5";
import type { Json } from "../../engine/core/json.ts";
import type { Sample } from "../../engine/views/files/samples.ts";
import { type TemplateTag, tagsOf, uncommented } from "../../engine/views/files/template-parts.ts";
import type { TemplateSource } from "../../engine/views/files/view-files.ts";
import { attribute, elementsIn } from "../../engine/views/forms/form-fields.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import type { Finding } from "./finding.ts";
import { lineOf } from "./place.ts";
import { type CheckedSite, pictureOf } from "./site.ts";

/** What somebody would publish who wants HTML of theirs on the page: an element, or where there are no quotes, an attribute. */
const NAME = "x-raw";
const HOSTILE = `"'> <${NAME}></${NAME}> ${NAME}=1`;

/** Where published values become HTML, or attributes, of their publisher's. */
export function rawFindings(site: CheckedSite, widget: WidgetView): Finding[] {
  const templates = site.ofWidget(widget.name);
  const found = new Map<string, Finding>();
  const add = (finding: Finding) => found.set(`${finding.file}:${finding.line}`, finding);
  for (const finding of writtenRaw(templates[0]!)) add(finding);
  for (const sample of widget.samples) {
    for (const { path, data } of hostile(sample.data, "data")) {
      const become = becomes(site, widget, { ...sample, data });
      if (become === "element") add({ ...rawTag(path, templates), mend: asItIs(path) });
      if (become === "attribute") add({ ...unquoted(templates), mend: WITHOUT_QUOTES(path) });
    }
  }
  return [...found.values()];
}

const asItIs = (what: string) =>
  `<%~ %> writes ${what} as it is, so that whoever publishes it puts HTML of their own on the page. Write <%= %>; or <%~ markdown(…) %> for text with marks.`;
const WITHOUT_QUOTES = (what: string) =>
  `${what} stands in an attribute without quotes, in which a space begins an attribute of its publisher's. Put quotes around it.`;

/** Raw tags of nothing but a value, which need no sample to be seen. */
function writtenRaw({ file, code }: TemplateSource): Finding[] {
  return tagsOf(code).flatMap((tag) => {
    const what = uncommented(tag).trim();
    const isValue = tag.kind === "r" && /^(?:data|history)(?:\??\.[\w$]+|(?:\?\.)?\[[^\]]*\])*$/.test(what);
    return isValue ? [{ file, line: tag.line, mend: asItIs(what) }] : [];
  });
}

/** A value as often as it has texts, numbers and the like, with another one of them hostile each time; of a list its first. */
function* hostile(value: Json, path: string): Generator<{ path: string; data: Json }> {
  if (Array.isArray(value)) {
    const [first, ...rest] = value;
    if (first === undefined) return;
    for (const { path: at, data } of hostile(first, `${path}[0]`)) yield { path: at, data: [data, ...rest] };
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      for (const { path: at, data } of hostile(inner, `${path}.${key}`)) {
        yield { path: at, data: { ...value, [key]: data } };
      }
    }
  } else yield { path, data: `${value}${HOSTILE}` };
}

function becomes(site: CheckedSite, widget: WidgetView, sample: Sample): "element" | "attribute" | "text" {
  try {
    const elements = [...elementsIn(parseFragment(pictureOf(site.views, widget, sample)))];
    if (elements.some(({ tagName }) => tagName === NAME)) return "element";
    return elements.some((element) => attribute(element, NAME) !== undefined) ? "attribute" : "text";
  } catch {
    return "text"; // a value that is refused becomes nothing
  }
}

/** The raw tag that is likely to have written a value: one that has the field's name, or else the first that is no helper's. */
function rawTag(path: string, templates: readonly TemplateSource[]): Pick<Finding, "file" | "line"> {
  const [field] = /[\w$]+(?=\W*$)/.exec(path.replace(/\[0\]/g, "")) ?? [""];
  const isRaw = (tag: TemplateTag) => tag.kind === "r" && !/^\s*(?:include|markdown|action|utc)\b/.test(tag.code);
  const raw = templates.flatMap(({ file, code }) =>
    tagsOf(code)
      .filter(isRaw)
      .map((tag) => ({ file, line: tag.line, code: tag.code })),
  );
  const { file, line } = raw.find(({ code }) => code.includes(field)) ?? raw[0] ?? { file: templates[0]!.file };
  return { file, line };
}

const unquoted = (templates: readonly TemplateSource[]) => lineOf(/=\s*<%=/, templates) ?? { file: templates[0]!.file };

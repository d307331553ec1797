import { parseFragment } from "parse5";
import { lineAt, masked } from "../../engine/views/files/template-parts.ts";
import type { TemplateSource } from "../../engine/views/files/view-files.ts";
import { elementsIn, type HtmlElement } from "../../engine/views/forms/form-fields.ts";
import { htmlTags } from "../../engine/views/templates/root.ts";

/** A line of a template. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What the engine adds to a tag of the author's, or may. */
const ADDED = /^(?:id|type|action|method|hx-.*|aria-invalid|aria-describedby)$/;

/**
 * Where the tag of an element stands in the templates that it may come from.
 * @returns undefined where it stands in none: then the engine has made it, or a helper
 */
export function placeOf(element: HtmlElement, templates: readonly TemplateSource[]): Place | undefined {
  for (const { file, code } of templates) {
    const html = masked(code);
    for (const tag of htmlTags(html)) {
      if (tag.name !== element.tagName.toLowerCase()) continue;
      if (isWrittenAs(element, html.slice(tag.start, tag.end))) return { file, line: lineAt(code, tag.start) };
    }
  }
  return undefined;
}

/** Whether an element may have come from a tag of a template, in whose code each template tag is a row of control characters. */
function isWrittenAs(element: HtmlElement, tag: string): boolean {
  const isComputed = tag.includes("\u0001");
  const [written] = elementsIn(parseFragment(tag.replace(/\/?>$/, ">")));
  // A tag that stands only within a table, as parsers have it.
  const attrs = written?.attrs ?? [];
  const own = new Map(element.attrs.map(({ name, value }) => [name, value]));
  const fits = attrs.every(({ name, value }) => {
    if (name.includes("\u0001")) return true;
    return value.includes("\u0001") ? true : own.get(name) === value;
  });
  const names = new Set(attrs.map(({ name }) => name));
  const extra = [...own.keys()].filter((name) => !names.has(name) && !ADDED.test(name));
  return fits && (isComputed || extra.length === 0);
}

/** The line in the first of some templates in which a pattern is; undefined where it is in none. */
export function lineOf(pattern: RegExp, templates: readonly TemplateSource[]): Place | undefined {
  for (const { file, code } of templates) {
    const at = code.search(pattern);
    if (at >= 0) return { file, line: lineAt(code, at) };
  }
  return undefined;
}

import { AuthorError } from "../../core/author-error.ts";
import { escaped } from "../../core/html.ts";
import { tagsOf } from "../files/template-parts.ts";
import type { TemplateSource } from "../files/view-files.ts";
import type { Templates } from "../templates/template.ts";
import type { PageScope } from "./page-scope.ts";

/** What templates are given whose HTML nobody wants to read. */
const HTML = ["root", "head", "body", "stream", "pulse", "notice", "refresh", "snapshot", "card", "board"];

/**
 * Runs a template to find its mistakes: also such HTML that it writes with `<%= %>`, which shows it as a text.
 * @throws AuthorError
 */
export function checkHtml(templates: Templates, source: TemplateSource, scope: PageScope): string {
  const made: { name: string; call: string; html: string }[] = [];
  const noting: PageScope = { ...scope };
  for (const name of HTML) {
    const helper = scope[name];
    if (typeof helper === "string") made.push({ name, call: name, html: helper });
    if (typeof helper !== "function") continue;
    noting[name] = (...given: unknown[]) => {
      const html: string = helper(...given);
      made.push({ name, call: `${name}(${given.length > 0 ? "…" : ""})`, html });
      return html;
    };
  }
  const whole = templates.check(source.name, noting);
  for (const { name, call, html } of made) {
    const text = escaped(html);
    if (text === html || whole.includes(html) || !whole.includes(text)) continue;
    const tag = tagsOf(source.code).find(({ kind, code }) => kind === "i" && new RegExp(`\\b${name}\\b`).test(code));
    throw new AuthorError(`<%= ${call} %> shows its HTML as a text: write <%~ ${call} %>.`, {
      ...source,
      line: tag?.line,
    });
  }
  return whole;
}

import { AuthorError } from "../../core/author-error.ts";
import { escaped } from "../../core/html.ts";
import { type TemplateTag, tagsOf } from "../files/template-parts.ts";
import type { TemplateSource } from "../files/view-files.ts";
import type { Templates } from "../templates/template.ts";
import type { PageScope } from "./page-scope.ts";

/** What is asked for where it is to stand, and for nothing else. */
const PLACED = ["card", "board", "live", "still"];
/** What templates are given whose HTML nobody wants to read. */
const HTML = ["root", "head", "body", "stream", "pulse", "notice", "refresh", "snapshot", ...PLACED];

/**
 * Runs a template to find its mistakes: also such HTML that it writes with `<%= %>`, which shows it as a text, and with `<% %>`,
 * which shows nothing.
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
  const find = (wanted: string, pattern: string) =>
    tagsOf(source.code).find(({ kind, code }) => kind === wanted && new RegExp(pattern).test(code));
  const whole = templates.check(source.name, noting);
  for (const { name, call, html } of made) {
    if (whole.includes(html)) continue;
    const fail = (mistake: string, tag?: TemplateTag) =>
      new AuthorError(`${mistake}: write <%~ ${call} %>.`, { ...source, line: tag?.line });
    const silent = PLACED.includes(name) ? find("e", `^\\s*${name}\\([^;]*\\)\\s*;?\\s*$`) : undefined;
    if (silent !== undefined) throw fail(`<% ${call} %> shows nothing`, silent);
    const text = escaped(html);
    if (text === html || !whole.includes(text)) continue;
    throw fail(`<%= ${call} %> shows its HTML as a text`, find("i", `\\b${name}\\b`));
  }
  return whole;
}

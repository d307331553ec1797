import { AuthorError } from "../core/author-error.ts";
import { didYouMean } from "../core/problem.ts";
import type { Stray } from "./strays.ts";
import type { Templates } from "./template.ts";
import { codeAlone, tagsOf, uncommented } from "./template-parts.ts";
import type { TemplateSource } from "./view-files.ts";

/** Calls of `live`, `still` and `card` whose widget can be read from the code: `live("price")`, `` live(`price/${symbol}`) ``. */
const CALL =
  /(?<![.\w$])(live|still|card)\(\s*(?:"([^"\n]*)"\s*[,)]|'([^'\n]*)'\s*[,)]|`([^`$]*)(?:`\s*[,)]|(?<=\/)\$))/g;

/**
 * Refuses a page that shows a topic without a widget: when templates are loaded, and not when its first visitor comes.
 * @throws AuthorError
 */
export function checkLive(
  pages: ReadonlyMap<string, TemplateSource>,
  templates: Templates,
  widgets: ReadonlyMap<string, unknown>,
  strays: readonly Stray[] = [],
): void {
  for (const source of pages.values()) {
    for (const part of templates.parts(source.name)) {
      if (typeof part === "string") continue;
      const code = uncommented(part);
      for (const call of code.matchAll(CALL)) {
        const topic = call[2] ?? call[3] ?? call[4] ?? "";
        const name = topic.split("/")[0]!;
        if (widgets.has(name)) continue;
        const line = part.line + code.slice(0, call.index).split("\n").length - 1;
        const stray = strays.find(({ meant }) => meant === `widgets/${name}`);
        const fix = stray
          ? ` There is ${stray.file}, but ${stray.mend}`
          : didYouMean(name, widgets.keys()) || ` Write views/widgets/${name}.eta.`;
        throw new AuthorError(`${call[1]}("${topic}"): there is no widget “${name}”.${fix}`, { ...source, line });
      }
    }
  }
}

const IN_WIDGET = /(?<![.\w$])(live|still|card|board)\(/g;

/**
 * Refuses a widget that would show another topic: what it renders goes to pages that are open, whose stream knows nothing of that.
 * @throws AuthorError
 */
export function checkNotLive(widget: TemplateSource): void {
  const tags = tagsOf(widget.code).map((tag) => ({ ...tag, code: codeAlone(tag) }));
  for (const { code, line } of tags) {
    for (const { 1: name, index } of code.matchAll(IN_WIDGET)) {
      const isOwn = new RegExp(`\\bfunction\\s+${name}\\b|(?<![.\\w$])${name}\\b(?!\\s*\\()`);
      if (tags.some((tag) => isOwn.test(tag.code))) continue;
      throw new AuthorError(`${name}() ${FOR_PAGES}`, {
        ...widget,
        line: line + code.slice(0, index).split("\n").length - 1,
      });
    }
  }
}

const FOR_PAGES =
  "is for pages: a widget shows the values of its own topic alone. Place the other one on the page, beside this one’s; or publish what it is to show to this one.";

import { AuthorError } from "../../core/author-error.ts";
import { didYouMean } from "../../core/problem.ts";
import type { Stray } from "../files/strays.ts";
import { codeAlone, lineAt, tagsOf, uncommented } from "../files/template-parts.ts";
import type { TemplateSource } from "../files/view-files.ts";
import { calls } from "./as-javascript.ts";
import type { Templates } from "./template.ts";

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
        if (widgets.has(name) || !calls(source.code, call[1]!, topic)) continue;
        const line = part.line + lineAt(code, call.index) - 1;
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
  for (const tag of tagsOf(widget.code)) {
    const code = codeAlone(tag);
    for (const { 1: name, index } of code.matchAll(IN_WIDGET)) {
      if (!calls(widget.code, name!)) continue;
      throw new AuthorError(`${name}() ${FOR_PAGES}`, { ...widget, line: tag.line + lineAt(code, index) - 1 });
    }
  }
}

const FOR_PAGES =
  "is for pages: a widget shows the values of its own topic alone. Place the other one on the page, beside this one’s; or publish what it is to show to this one.";

import { AuthorError } from "../core/author-error.ts";
import { didYouMean } from "../core/problem.ts";
import type { Templates } from "./template.ts";
import { uncommented } from "./template-parts.ts";
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
        const fix = didYouMean(name, widgets.keys()) || ` Write views/widgets/${name}.eta.`;
        throw new AuthorError(`${call[1]}("${topic}"): there is no widget “${name}”.${fix}`, { ...source, line });
      }
    }
  }
}

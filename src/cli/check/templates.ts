import { AuthorError } from "../../engine/core/author-error.ts";
import { Problem } from "../../engine/core/problem.ts";
import { noMatter, pageMatter } from "../../engine/views/files/front-matter.ts";
import { OWN_PAGES, type TemplateSource, type ViewFiles } from "../../engine/views/files/view-files.ts";
import { withFormParts } from "../../engine/views/forms/form-source.ts";
import { PAGE_NAMES } from "../../engine/views/page/page-scope.ts";
import { checkLive } from "../../engine/views/templates/live-calls.ts";
import { Templates } from "../../engine/views/templates/template.ts";
import { loadWidgets, WIDGET_NAMES } from "../../engine/views/widget-view.ts";
import type { Finding } from "./finding.ts";

/** What the engine refuses in each template by itself, where loading all of them tells of the first one only. */
export function templateFindings({ templates, samples }: ViewFiles, actions: ReadonlySet<string>): Finding[] {
  const names = [...templates.keys()].filter((name) => name.startsWith("widgets/"));
  const widgets = new Map(names.map((name) => [name.slice("widgets/".length), undefined]));
  return [...templates.values()].filter(isAuthors).flatMap((written) => {
    try {
      const source = withFormParts(written, actions);
      const alone = new Map([[source.name, source]]);
      const [kind, name = ""] = source.name.split(/\/(.*)/s);
      if (kind === "widgets") {
        const own = samples.get(name);
        loadWidgets(alone, new Map(own && [[name, own]]), new Templates(alone, WIDGET_NAMES));
        return [];
      }
      const compiled = new Templates(alone, PAGE_NAMES);
      if (kind === "pages") pageMatter(source);
      else noMatter(source);
      if (kind !== "snippets") checkLive(alone, compiled, widgets);
      return [];
    } catch (error) {
      return [findingOf(error, written.file)];
    }
  });
}

/** Whether a template is its author's, and not the engine's own. */
export const isAuthors = ({ name }: TemplateSource) => !name.startsWith(`pages/${OWN_PAGES}`);

/** What an error tells its author. @param file the one that it is about, where the error names none */
export function findingOf(error: unknown, file: string): Finding {
  if (error instanceof AuthorError) return { file: error.file, line: error.line, mend: error.reason };
  const message = error instanceof Problem ? (error.detail ?? error.message) : (error as Error).message;
  const [, named, line, mend] = /^((?:\S*\/)?\S+\.(?:eta|json|ts))(?::(\d+))?:? (.*)$/s.exec(message) ?? [];
  if (named === undefined) return { file, mend: message };
  return { file: named, line: line === undefined ? undefined : Number(line), mend: mend! };
}

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { AuthorError } from "../core/author-error.ts";
import { escaped } from "../core/html.ts";
import { shown, sourceOf } from "./files/view-files.ts";

/**
 * Loads templates of which some cannot be used: in the place of each page and widget that has a mistake stands one that shows it.
 * @param load is given what stands in the place of which, by their names
 * @param dir of the templates
 * @returns the first mistake, too; "" where there is none
 * @throws whatever keeps all of them from being used, such as a mistake in the layout
 */
export function aroundMistakes<Loaded>(
  dir: string,
  load: (instead: ReadonlyMap<string, string>) => Loaded,
): { loaded: Loaded; mistake: string } {
  const instead = new Map<string, string>();
  const mistakes = new Map<string, AuthorError>();
  for (let first = ""; ; ) {
    try {
      return { loaded: load(instead), mistake: first };
    } catch (error) {
      const name = error instanceof AuthorError ? nameIn(dir, error) : undefined;
      if (name === undefined) throw error;
      // A second one is of what stands there for the first, by the front matter that it took over.
      const own = mistakes.get(name);
      const mistake = own ?? (error as AuthorError);
      const matter = own === undefined ? matterOf(name, join(dir, `${name}.eta`), mistake) : "";
      const text = name.startsWith("pages/") ? pageOf(matter, mistake) : widgetOf(matter, mistake);
      if (instead.get(name) === text) throw mistake;
      first ||= mistake.message;
      mistakes.set(name, mistake);
      instead.set(name, text);
    }
  }
}

/** The template in which a mistake is; undefined for one that others need. */
function nameIn(dir: string, { file }: AuthorError): string | undefined {
  return /^((?:pages|widgets)\/.+)\.eta$/.exec(posix.relative(shown(dir), file))?.[1];
}

/** What is in the front matter of a template, whole lines; "" where the mistake is in that. */
function matterOf(name: string, path: string, { file, line = 0 }: AuthorError): string {
  if (line <= 1) return ""; // it may never be closed
  const { matter } = sourceOf(name, file, readFileSync(path, "utf8"));
  const lastLine = matter.split("\n").length + 1;
  return line <= lastLine ? "" : matter;
}

function pageOf(matter: string, { message }: AuthorError): string {
  return `---\n${matter}---\n<pre class="code"><code>${escaped(message)}</code></pre>`;
}

/**
 * It takes no value, so that none is lost that the right one would keep; those that are there it shows as the mistake, and so it does
 * where there is none. What follows is never reached: an item of a list has one element.
 */
function widgetOf(matter: string, { brief }: AuthorError): string {
  const line = JSON.stringify(brief.split("\n", 1)[0]);
  const empty = /^(?:initial|empty)\b/m.test(matter) ? "" : `empty: ${line}\n`;
  return `---\n${matter}${empty}---\n<% refuse(${line.replaceAll("%>", "%\\u003e")}) %><li id="<%= id %>"></li>`;
}

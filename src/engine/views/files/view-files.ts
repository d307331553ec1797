import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix, relative, sep } from "node:path";
import { AuthorError } from "../../core/author-error.ts";
import { didYouMean } from "../../core/problem.ts";
import { type Stray, straysAmong } from "./strays.ts";
import { lineAt } from "./template-parts.ts";

/** One template as its author wrote it. */
export interface TemplateSource {
  /** Its path under the views, without the extension: `widgets/price`. */
  readonly name: string;
  /** Its path as messages name it: `views/widgets/price.eta`. */
  readonly file: string;
  readonly text: string;
  /** What is between the `---` lines at its top, or "". */
  readonly matter: string;
  /** The template itself, with empty lines in the place of front matter, so that every line keeps its number. */
  readonly code: string;
}

export interface ViewFiles {
  /** By name, in a fixed order, so that two machines with the same files get the same hash. */
  templates: Map<string, TemplateSource>;
  /** The files `<widget>.samples.json`, by widget. */
  samples: Map<string, { file: string; text: string }>;
  /** What is there and is read by nobody. */
  strays: readonly Stray[];
}

/** The engine's own pages stand in the author's layout, by names that no address leads to. */
export const OWN_PAGES = "brooklet/";
const OWN_DIR = join(import.meta.dirname, "..", "pages");

/** What is not there although the folder has it, and what is there although it has not, by the pages' names. */
export interface OtherPages {
  readonly absent?: readonly string[] | undefined;
  readonly pages?: ReadonlyMap<string, string> | undefined;
  /** By the names of templates, what stands in the place of theirs. */
  readonly instead?: ReadonlyMap<string, string> | undefined;
}

export function readViews(dir: string, { absent = [], pages = new Map(), instead }: OtherPages = {}): ViewFiles {
  const templates = new Map<string, TemplateSource>();
  const add = (name: string, file: string, path: string) =>
    templates.set(name, sourceOf(name, file, instead?.get(name) ?? textOf(path, file)));
  for (const name of readdirSync(OWN_DIR).sort()) {
    add(`pages/${OWN_PAGES}${basename(name, ".eta")}`, `src/engine/views/pages/${name}`, join(OWN_DIR, name));
  }
  const samples: ViewFiles["samples"] = new Map();
  // Without the folder itself as without what must be in it.
  const found = existsSync(dir) ? readdirSync(dir, { recursive: true, encoding: "utf8" }) : [];
  const paths = found.map((path) => path.split(sep).join("/")).sort();
  const fileAt = (path: string) => posix.join(shown(dir), path);
  for (const path of paths) {
    const file = fileAt(path);
    if (path.endsWith(".eta")) add(path.slice(0, -".eta".length), file, join(dir, path));
    else if (/^widgets\/[^/]+\.samples\.json$/.test(path)) {
      samples.set(basename(path, ".samples.json"), { file, text: textOf(join(dir, path), file) });
    }
  }
  const codes = [...templates.values()].map(({ code }) => code);
  const strays = straysAmong(paths, fileAt, codes);
  for (const name of absent) templates.delete(`pages/${name}`);
  for (const [name, text] of pages) templates.set(`pages/${name}`, sourceOf(`pages/${name}`, name, text));
  return { templates, samples, strays };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What is in a file. @throws AuthorError for one in other characters than UTF-8, which pages would show as other signs */
function textOf(path: string, file: string): string {
  const bytes = readFileSync(path);
  try {
    return utf8.decode(bytes);
  } catch {
    if (/^(?:\xFF\xFE|\xFE\xFF)/.test(bytes.toString("latin1", 0, 2))) throw new AuthorError(UTF_16, { file });
    const text = bytes.toString();
    throw new AuthorError(OTHER_CHARACTERS, { file, text, line: lineAt(text, text.indexOf("\uFFFD")) });
  }
}

const UTF_16 = "it is in UTF-16, as Windows PowerShell writes what > and echo give it. Save it as UTF-8.";
const OTHER_CHARACTERS = "this is not in UTF-8, so that pages would show other characters. Save the file as UTF-8.";

/** Those whose name is wanted. */
export function only(
  templates: ReadonlyMap<string, TemplateSource>,
  wanted: (name: string) => boolean,
): Map<string, TemplateSource> {
  return new Map([...templates].filter(([name]) => wanted(name)));
}

export function sourceOf(name: string, file: string, text: string): TemplateSource {
  const unix = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const matter = /^---[ \t]*\n([\s\S]*?)^---[ \t]*(?:\n|$)/m.exec(unix);
  if (matter === null || matter.index !== 0) {
    if (!/^---[ \t]*\n/.test(unix)) return { name, file, text: unix, matter: "", code: unix };
    throw new AuthorError("the front matter that begins here is never closed: write a line --- below it.", {
      file,
      line: 1,
      text: unix,
    });
  }
  const lines = matter[0].split("\n").length - 1;
  return { name, file, text: unix, matter: matter[1]!, code: "\n".repeat(lines) + unix.slice(matter[0].length) };
}

/** `template “snippets/feet”. Did you mean “snippets/foot”?` */
export function missing(name: string, known: Iterable<string>): string {
  return `template “${name}”.${didYouMean(name, known) || ` Write views/${name}.eta.`}`;
}

/** A folder as its author would name it: relative to the working directory, if it is below that. */
export function shown(dir: string): string {
  const path = relative(process.cwd(), dir);
  return path.startsWith("..") || path === ""
    ? posix.join(basename(dirname(dir)), basename(dir))
    : path.split(sep).join("/");
}

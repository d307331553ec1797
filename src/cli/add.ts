import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { didYouMean } from "../engine/core/problem.ts";
import { KIT, type KitWidget, kitWidgets } from "../kit/kit.ts";
import { Misuse } from "./arguments.ts";
import { folderAt } from "./folder.ts";

/** How long a line of the list is at most. */
const LINE_CHARACTERS = 110;

/** Lists the widgets to take, one a line, with what each is published. */
export function widgetList(): string {
  const widgets = [...kitWidgets().values()];
  const width = Math.max(...widgets.map(({ name }) => name.length));
  const lines = widgets.map((widget) => {
    const line = `  ${widget.name.padEnd(width)}  ${aboutOf(widget)}`;
    return line.length > LINE_CHARACTERS ? `${line.slice(0, LINE_CHARACTERS - 1).trimEnd()}…` : line;
  });
  return ["Widgets to take, and to change as you like:", "", ...lines, "", "brooklet add meter takes one."].join("\n");
}

/** The first comment in its template. */
function aboutOf({ files: [template = ""] }: KitWidget): string {
  const [, about = ""] = /<%\/\*\s*(.*?)\s*\*\/%>/s.exec(readFileSync(join(KIT, template), "utf8")) ?? [];
  return about;
}

/**
 * Copies a widget, with all that belongs to it, into a folder of pages.
 * @param as its name there @param path the working directory by default @returns what was done, and what comes next @throws Misuse; then nothing was written
 */
export function addWidget(name: string, as = name, path?: string): string {
  const widgets = kitWidgets();
  const widget = widgets.get(name);
  if (widget === undefined) {
    const mend = didYouMean(name, widgets.keys()) || " brooklet add lists them.";
    throw new Misuse(`There is no widget “${name}” to take.${mend}`);
  }
  if (!/^[a-z0-9-]+$/.test(as)) {
    throw new Misuse(
      "A widget is named in lower-case letters, digits and “-”, such as cpu-load: its name is its topic.",
    );
  }
  const folder = folderAt(path);
  const copies = widget.files.map((file) => ({ file, path: renamed(placeOf(file), name, as) }));
  const [there] = copies.filter(({ path }) => existsSync(join(folder, path)));
  if (there !== undefined) {
    throw new Misuse(`${there.path} is there already. To take it under another name: brooklet add ${name} my-${name}`);
  }
  for (const { file, path } of copies) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (as === name) cpSync(join(KIT, file), join(folder, path));
    else writeFileSync(join(folder, path), retold(readFileSync(join(KIT, file), "utf8"), name, as));
  }
  return [...copies.map(({ path }) => path), "", ...nextSteps(folder, widget, as)].join("\n");
}

/** Templates are below `views`, code is below `src`. */
function placeOf(file: string): string {
  return join(/^(?:widgets|snippets)\//.test(file) ? "views" : "src", file);
}

function renamed(path: string, name: string, as: string): string {
  return path
    .split("/")
    .map((step) => (step === name || step.startsWith(`${name}.`) ? as + step.slice(name.length) : step))
    .join("/");
}

/** A file's text under another name: its title, and wherever it is named as a topic, an action or a file. */
function retold(text: string, name: string, as: string): string {
  const named = new RegExp(
    `((?:publish|snippets|widgets|sources|actions)/|\\b(?:publish|live|still|card|action|latest|remove|update|clear)\\(["'\`])${name}(?![\\w-])`,
    "g",
  );
  const title = as.charAt(0).toUpperCase() + as.slice(1).replaceAll("-", " ");
  return text.replace(named, `$1${as}`).replace(/^title: .*$/m, `title: ${title}`);
}

function nextSteps(folder: string, { files }: KitWidget, as: string): string[] {
  const layout = join(folder, "views/layout.eta");
  const bySnippet = files.some((file) => file.startsWith("snippets/"));
  const shown = bySnippet ? `<%~ include("snippets/${as}") %>` : `<%~ live("${as}") %>`;
  const steps = [`A page shows it by ${shown}; what it takes is at /widgets/${as}, with samples.`];
  if (existsSync(layout) && !/\bhead\(\)|kit\.css/.test(readFileSync(layout, "utf8"))) {
    steps.push("It looks as it should where views/layout.eta has <%~ head() %> in its head.");
  }
  const packages = new Set(files.filter((file) => file.endsWith(".ts")).flatMap(importsOf));
  packages.delete("brooklet");
  if (packages.size > 0) steps.push(`It needs a package: npm install ${[...packages].join(" ")}`);
  return steps;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(KIT, file), "utf8");
  return [...text.matchAll(/\bfrom "([^."][^"]*)"/g)].map(([, name]) => name!);
}

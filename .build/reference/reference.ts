import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { charts } from "../../src/engine/charts/chart.ts";
import { readSettings } from "../../src/engine/config/settings.ts";
import { Variables } from "../../src/engine/config/variables.ts";
import { format } from "../../src/engine/format/format.ts";
import { Metrics } from "../../src/engine/ops/metrics.ts";
import { Exposition } from "../../src/engine/ops/prometheus.ts";
import { pageMatter, widgetMatter } from "../../src/engine/views/files/front-matter.ts";
import { sourceOf } from "../../src/engine/views/files/view-files.ts";
import { PAGE_NAMES } from "../../src/engine/views/page/page-scope.ts";
import { WIDGET_NAMES } from "../../src/engine/views/widget-view.ts";
import { EN_FILE, ENGLISH } from "../../src/engine/words/words.ts";
import { readFeatures } from "../../src/features.ts";
import { ERRORS } from "./errors.ts";
import { PAGE_KEYS, WIDGET_KEYS } from "./front-matter.ts";
import { IN_PAGES, IN_WIDGETS, OF_CHART, OF_FORMAT } from "./helpers.ts";
import { SETTINGS } from "./settings.ts";

const SRC = join(import.meta.dirname, "..", "..", "src");

/** The document “Reference”: the names are the code's own, and each needs a description beside this file. @throws Error that lists what has none */
export async function reference(): Promise<string> {
  return [
    "# Reference",
    "What there is to look up. It is made from the code: names, defaults and statuses are those of this version.",
    "## Settings",
    "They are variables of the environment, such as `PORT=3001 npm start`.",
    settings(),
    "A value that cannot be, or a name that is nearly one of these, is refused at the start, in one line for each with the mend (names of\n" +
      "one word are not compared: `HOME` is near `HOST`).",
    "## Front matter",
    "Between two lines `---` at the top of a template, as YAML. All of it is optional; an unknown key is refused with what was meant.",
    "### Of widgets",
    keys(WIDGET_KEYS, (text) => widgetMatter(sourceOf("widgets/any", "any", text))),
    "### Of pages",
    keys(PAGE_KEYS, (text) => pageMatter(sourceOf("pages/any", "any", text))),
    "## In templates",
    "### In widgets",
    helpers(IN_WIDGETS, WIDGET_NAMES),
    "### In pages and the layout",
    helpers(IN_PAGES, PAGE_NAMES),
    "### Formats",
    helpers(OF_FORMAT, Object.keys(format)),
    "### Charts",
    helpers(OF_CHART, Object.keys(charts(ENGLISH))),
    "## Words",
    "In [`views/words.yaml`](pages.md), for pages in another language; here as they are in English.",
    ...["engine/words", ...readdirSync(SRC)].filter((folder) => existsSync(join(SRC, folder, EN_FILE))).map(words),
    "## Errors",
    "As `application/problem+json`: `code`, `status`, a `title` that says how to mend it, and `request_id`, which the log has, too.",
    errors(),
    "## Metrics",
    "At [`/metrics`](operating.md#logs-and-metrics), of one node, since its start.",
    await metrics(),
  ]
    .join("\n\n")
    .concat("\n");
}

function settings(): string {
  const read = (env: Record<string, string>) => {
    const variables = new Variables(env);
    readSettings(variables);
    readFeatures(variables);
    return variables.known;
  };
  const [usual, production] = [read({}), read({ NODE_ENV: "production" })];
  const told = descriptionsOf(SETTINGS, ["NODE_ENV", ...usual.keys()]);
  const rows = told.map(([name, { text, usual: said }]) => {
    const [here, there] = [usual, production].map((known) => worded(known.get(name)));
    return [code(name), said ?? (here === there ? here! : `${here}, in production ${there}`), text];
  });
  return table(["variable", "default", ""], rows);
}

function worded(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "none";
  return value === true ? "on" : value === false ? "off" : String(value);
}

/** A key that nobody knows is refused with all that are known. */
function keys(described: typeof WIDGET_KEYS, read: (text: string) => unknown): string {
  let known: string[] = [];
  try {
    read("---\nunheardofunheardof: 1\n---\n");
  } catch (error) {
    known = / It has (.*)\.$/m.exec(String(error))![1]!.split(", ");
  }
  const rows = descriptionsOf(described, known).map(([name, [usual, text]]) => [code(name), usual, text]);
  return table(["key", "default", ""], rows);
}

function helpers(described: Readonly<Record<string, string>>, names: readonly string[]): string {
  const known = names.filter((name) => !name.startsWith("_"));
  return table(
    ["", ""],
    descriptionsOf(described, known).map(([name, text]) => [code(name), text]),
  );
}

/** The file of English words in a folder. */
function words(folder: string): string {
  return `\`\`\`yaml\n${readFileSync(join(SRC, folder, EN_FILE), "utf8").trimEnd()}\n\`\`\``;
}

/** The codes that the source gives with a status. */
function errors(): string {
  const found = new Map<string, Set<string>>();
  const add = (name: string, status: string) => found.set(name, (found.get(name) ?? new Set()).add(status));
  for (const file of readdirSync(SRC, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.startsWith("mock")) continue; // whose errors are OpenAI's
    const text = readFileSync(join(SRC, file), "utf8");
    for (const [, status, name] of text.matchAll(/\(\s*([45]\d\d),\s*"([a-z_]+)"/g)) add(name!, status!);
    // Of what there is too much of from one address, or for one visitor.
    for (const [, name] of text.matchAll(/(?:code: |_[A-Z]+ = )"([a-z_]+_too_many)"/g)) add(name!, "429");
  }
  const rows = descriptionsOf(ERRORS, found.keys()).map(([name, text]) => [
    [...found.get(name)!].join(", "),
    code(name),
    text,
  ]);
  return table(
    ["status", "code", ""],
    rows.sort((a, b) => (a[0]! < b[0]! ? -1 : a[0]! > b[0]! ? 1 : 0)),
  );
}

async function metrics(): Promise<string> {
  const exposition = new Exposition(new Metrics(), () => ({ streams: 0, behind: 0, topics: 0, isReachable: true }));
  const text = await exposition.text();
  exposition.stop();
  const rows = [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)$/gm)];
  return table(
    ["metric", "kind", ""],
    rows.map(([, name, help, kind]) => [code(name!), kind!, help!]),
  );
}

/** The descriptions, of exactly these names. */
function descriptionsOf<T>(described: Readonly<Record<string, T>>, names: Iterable<string>): [string, T][] {
  const known = new Set(names);
  const without = [...known].filter((name) => !(name in described));
  const stale = Object.keys(described).filter((name) => !known.has(name));
  if (without.length > 0) throw new Error(`In .build/reference nothing describes ${without.join(", ")}.`);
  if (stale.length > 0) throw new Error(`.build/reference describes what the code does not have: ${stale.join(", ")}.`);
  return Object.entries(described);
}

const code = (name: string) => `\`${name}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../support/folders.ts";

const css = readFileSync(join(ROOT, "src/engine/views/brooklet.css"), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
const section = readFileSync(join(ROOT, "README.md"), "utf8").split("### How it looks\n")[1]!.split(/^##/m)[0]!;
const [, variables = "", classes = ""] = section.split(/^\| .* \| .* \|\n\|---\|---\|\n/m);
const named = (text: string, pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name]) => name!));

/** On what the engine itself puts on a page. */
const OWN = [
  "alive",
  "away",
  "banner",
  "beat",
  "htmx-request",
  "lost",
  "mistake",
  "refusal",
  "refused",
  "stale-notice",
  "waiting",
];

test("the README has all classes that the style sheet has, and no other", () => {
  const written = named(css.replace(/\{[^{}]*\}/g, "{}"), /\.([a-z][\w-]*)/g);
  for (const name of OWN) expect(written.delete(name), name).toBe(true);
  expect([...named(classes, /`([a-z][\w-]*)`/g)].sort()).toEqual([...written].sort());
});

test("the README has all variables that the style sheet lets authors set, and no other", () => {
  const set = named(css.split("@media")[0]!, /^ {2}(--[\w-]+):/gm);
  expect([...named(variables, /`(--[\w-]+)`/g)].sort()).toEqual([...set].sort());
});

test("no other variable is used, but for those of the fading edge", () => {
  const set = named(css, /(--[\w-]+)(?=:|\s*\{)/g);
  expect([...named(css, /var\((--[\w-]+)/g)].filter((name) => !set.has(name))).toEqual([]);
});

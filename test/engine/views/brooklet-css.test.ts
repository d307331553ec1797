import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { section } from "../../support/documents.ts";
import { ROOT } from "../../support/folders.ts";

const css = readFileSync(join(ROOT, "src/engine/views/brooklet.css"), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
const [, variables = "", classes = ""] = section("How it looks").split(/^\| .* \| .* \|\n\|---\|---\|\n/m);
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

test("the documents have all classes that the style sheet has, and no other", () => {
  const written = named(css.replace(/\{[^{}]*\}/g, "{}"), /\.([a-z][\w-]*)/g);
  for (const name of OWN) expect(written.delete(name), name).toBe(true);
  expect([...named(classes, /`([a-z][\w-]*)`/g)].sort()).toEqual([...written].sort());
});

test("the documents have all variables that the style sheet lets authors set, and no other", () => {
  const set = named(css.split("@media")[0]!, /^ {2}(--[\w-]+):/gm);
  expect([...named(variables, /`(--[\w-]+)`/g)].sort()).toEqual([...set].sort());
});

test("no other variable is used, but for those of the fading edge", () => {
  const set = named(css, /(--[\w-]+)(?=:|\s*\{)/g);
  expect([...named(css, /var\((--[\w-]+)/g)].filter((name) => !set.has(name))).toEqual([]);
});

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { docs } from "../../../src/docs/feature.ts";
import type { Topic } from "../../../src/engine/core/topic.ts";
import { inspector } from "../../../src/inspector/feature.ts";
import { opened, topicsOf, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { publishSamples, startSite } from "../../support/site.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The demo's pages and the engine's own, each with its values, and some before there is any. */
const PAGES = [
  "/",
  "/?wall",
  "/chat",
  "/chat/text",
  "/inbox",
  "/updates?format=detailed",
  "/random",
  "/echo",
  "/ten",
  "/widgets",
  "/widgets/price",
  "/widgets/to-take/status",
  "/nowhere",
  "/docs",
  "/docs/actions",
  "/inspector",
];

let server: TestServer;
beforeAll(async () => {
  const features = [inspector(true, { everyMs: 60_000 }), docs(true)];
  server = await startSite({ features, config: { development: true } });
});
afterAll(() => server.close());
const chromium = useChromium();

test("axe finds nothing to mend on any page, empty or with its values, light or dark", async () => {
  chromium.allow(/404/); // of the page of an error
  const page = await chromium.open("about:blank");
  const found: string[] = [];
  for (const path of PAGES) {
    await page.goto(server.url + path);
    const topics = await topicsOf(page);
    if (path === "/") found.push(...(await findings(page, `${path}, empty`)));
    if (topics.length > 0 && !/^\/(?:docs|inspector)/.test(path)) await fill(page, topics);
    found.push(...(await findings(page, path)));
  }
  expect(found).toEqual([]);
});

test("a page that is read from the right has nothing to scroll to at its left", async () => {
  const page = await chromium.open(server.url);
  await page.evaluate("document.documentElement.dir = 'rtl'");
  expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
});

/** Publishes samples to all that a page shows. */
async function fill(page: Page, topics: readonly Topic[]): Promise<void> {
  await opened(page);
  await publishSamples(server, topics);
  await page.reload();
}

/** What axe has to say of a page in both schemes: in the dark one only its colours are others. */
async function findings(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(AXE);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const rules = colorScheme === "dark" ? ["color-contrast"] : undefined;
    const violations = await page.evaluate(async (values) => {
      const axe = (globalThis as unknown as { axe: typeof import("axe-core") }).axe;
      const only = values === undefined ? {} : { runOnly: { type: "rule" as const, values } };
      const { violations } = await axe.run(document, { resultTypes: ["violations"], ...only });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
    }, rules);
    found.push(...violations.map((violation) => `${name}, ${colorScheme}: ${violation}`));
  }
  return found;
}

import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { delivered, normalised, normalisedHtml, opened, screenshot, shows, useChromium } from "./browser.ts";
import { start, type TestServer } from "./server.ts";

let server: TestServer;
const feed = parseTopic("feed");

beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium();

test("a page is opened, its stream too, and what is published is swapped in", async () => {
  const page = await chromium.open(server.url);
  await opened(page);
  await server.broker.publish([{ topic: feed, data: "one" }]);
  await shows(page, "#feed", "one");
  await delivered(page, 1);
  const fresh = await chromium.open(server.url);
  expect(await normalised(page, "#feed")).toContain("one");
  expect(await normalised(page, "#feed")).toBe(await normalised(fresh, "#feed"));
});

test("a complaint on the console is collected, unless it is allowed", async () => {
  chromium.allow(/^console: on purpose$/, /^page: thrown$/);
  const page = await chromium.open(server.url);
  const said = page.waitForEvent("console");
  await page.evaluate(() => console.error("on purpose"));
  expect((await said).text()).toBe("on purpose");
});

test("a page that complains fails its test", { fails: true }, async () => {
  const page = await chromium.open(server.url);
  const said = page.waitForEvent("console");
  await page.evaluate(() => console.error("on purpose"));
  await said;
  chromium.check();
});

test("screenshots are taken on a phone and on a desk, in light and in dark", async () => {
  const paths = await screenshot(await chromium.open(server.url), "support");
  const widths = paths.map((path) => readFileSync(path).readUInt32BE(16)); // where a PNG says so
  expect(paths.filter(existsSync)).toHaveLength(4);
  expect(widths).toEqual([390, 1280, 390, 1280]);
});

test("normalised HTML has no trace of htmx's swap and none of a template's line breaks", () => {
  const swapped =
    '<ul>\n  <li class="htmx-added">a <b> </b></li>\n\n<li class="entry htmx-settling">&quot;b&quot;</li></ul>';
  expect(normalisedHtml(swapped)).toBe('<ul><li>a <b> </b></li><li class="entry">"b"</li></ul>');
  expect(normalisedHtml("<tr>\n<td>1</td></tr>")).toBe("<tr><td>1</td></tr>");
});

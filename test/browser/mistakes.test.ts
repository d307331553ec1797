import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Child } from "../faults/child.ts";
import { AWAY, useChromium } from "../support/browser.ts";
import { FIXTURES, writeFiles } from "../support/folders.ts";
import { freePort } from "../support/port.ts";

/** A process of its own takes its time to start where others use the machine, too. */
const PATIENCE = { timeout: 50_000 };

const GOOD = {
  "views/pages/index.eta": '<h1>Here</h1> <%~ live("price") %>',
  "views/widgets/price.eta": "---\ninitial: 1\n---\n<b>at <%= data %></b>",
  "src/sources/price.ts": 'import { every } from "brooklet";\nexport default every(60_000, () => 2);\n',
  "package.json": '{ "type": "module" }',
};
const BROKEN = { ...GOOD, "src/sources/price.ts": "export default every(;\n" };

let dir: string;
let dev: Child;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brooklet-mistakes-"));
  cpSync(join(FIXTURES.views, "layout.eta"), join(dir, "views/layout.eta"));
  cpSync(FIXTURES.public, join(dir, "public"), { recursive: true });
});
afterEach(async () => {
  await dev.kill();
  rmSync(dir, { recursive: true });
});
const chromium = useChromium();

test("a widget and a page with a mistake show it in their places from the start on, and all else is as ever, until each is mended", async () => {
  chromium.allow(/^console: .* status of 404/);
  const port = await freePort();
  writeFiles(dir, {
    ...GOOD,
    "views/widgets/price.eta": "<b>\nat <%= data ) %></b>",
    "views/widgets/tea.eta": "---\ninitial: hot\n---\n<i><%= data %></i>",
    "views/pages/index.eta": '<h1>Here</h1> <%~ live("price") %> <%~ live("tea") %>',
    "views/pages/team.eta": "<h1>Team</h1>\n<%= tea.pot %>",
  });
  dev = new Child("src/cli/brooklet.ts", ["dev"], { LOG_URL: "memory:", PORT: String(port) }, dir);
  await dev.said(/^Brooklet is at /m);
  const page = await chromium.open(`http://localhost:${port}/team`);
  await page.locator("main pre:has-text('views/pages/team.eta:2: ')").waitFor();
  await page.goto(`http://localhost:${port}/`);
  await page.locator("i", { hasText: /^hot$/ }).waitFor();
  await page.locator("#price:has-text('src/sources/price.ts: a value was refused: ')").waitFor(PATIENCE);
  await page.locator("#price:has-text('views/widgets/price.eta:2: ')").waitFor();
  await page.locator("#_notice .mistake").waitFor();
  writeFiles(dir, { "views/pages/team.eta": "<h1>Team</h1>", "views/widgets/price.eta": "<b>at <%= data %></b>" });
  await page.locator("#_notice:not(:has(.mistake))").waitFor({ ...PATIENCE, state: "attached" });
  await page.goto(`http://localhost:${port}/team`);
  await page.locator("h1", { hasText: /^Team$/ }).waitFor();
});

test("while a mistake keeps a server from starting, the page shows it, and loads by itself once it is mended, as at the address of a new page; an open page stays", async () => {
  // It has no icon either, for which every browser asks.
  chromium.allow(...AWAY, /^console: Response Status Error Code 503 from \/here/, /^console: .* status of 404/);
  const port = await freePort();
  writeFiles(dir, BROKEN);
  dev = new Child("src/cli/brooklet.ts", ["dev"], { LOG_URL: "memory:", PORT: String(port) }, dir);
  await dev.said(/^Until that is mended, /m);
  const page = await chromium.open(`http://localhost:${port}/`);
  await page.locator("main:has-text('src/sources/price.ts:1: ')").waitFor();
  writeFiles(dir, GOOD);
  const price = page.locator("b", { hasText: "at 2" });
  await price.waitFor(PATIENCE);

  writeFiles(dir, { "src/sources/price.ts": "export default every(;\n" });
  await page.locator("#_notice", { hasText: "src/sources/price.ts:1: Unexpected" }).waitFor(PATIENCE);
  expect(await price.count()).toBe(1);
  expect(await page.locator("#_pulse .alive").count()).toBe(0);
  expect(await page.locator("#_pulse .away").isVisible()).toBe(true);
  writeFiles(dir, GOOD);
  await page.locator("#_notice:not(:has(.mistake))").waitFor({ ...PATIENCE, state: "attached" });
  await page.locator("#_pulse .alive").waitFor(PATIENCE);
  expect(await price.count()).toBe(1);

  writeFiles(dir, { "views/pages/new.eta": "<h1>New</h1>\n<%= 1" });
  await page.locator("#_notice .mistake", { hasText: "views/pages/new.eta:2: " }).waitFor(PATIENCE);
  await page.goto(`http://localhost:${port}/new`);
  await page.locator("main:has-text('views/pages/new.eta:2: ')").waitFor();
  writeFiles(dir, { "views/pages/new.eta": "<h1>New</h1>" });
  await page.locator("h1", { hasText: /^New$/ }).waitFor(PATIENCE);
});

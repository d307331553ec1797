/// <reference lib="dom" />
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { opened, shows, useChromium } from "../support/browser.ts";
import { FIXTURES } from "../support/folders.ts";
import { Program } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";

/** How often each page presses. */
const PRESSES = 10;

const FILES = {
  "pages/press.eta": `<form <%~ action("press") %>><input name="n" placeholder="which"><button>Press</button></form>
<%~ live("press") %>`,
  "widgets/press.eta": "<b><%= data.times %> times</b>",
  "../src/actions/press.ts": readFileSync(join(FIXTURES.actions, "press.ts"), "utf8"),
};

let redis: TestRedis;
let nodes: Program[];
beforeAll(async () => {
  redis = await TestRedis.start();
  nodes = ["A", "B"].map((name) => new Program(FILES, { env: { LOG_URL: redis.url, NODE_NAME: name } }));
  await Promise.all(nodes.map((node) => node.start()));
}, 60_000);
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.dispose()));
  await redis.stop();
});
const chromium = useChromium(); // after the nodes, as hooks run backwards: pages go before they do

/** Presses again as soon as the press before was answered by an empty form. No two are alike: else they might be a double click. */
async function press(page: Page): Promise<void> {
  for (let i = 1; i <= PRESSES; i++) {
    await page.locator("input[name=n]").fill(String(i));
    await page.locator("button").click();
    await page.locator("input[name=n]:placeholder-shown").waitFor();
  }
}

test("what two pages on two nodes press at once counts each time, and both show it", async () => {
  const pages = await Promise.all(nodes.map((node) => chromium.open(`${node.origin}/press`)));
  for (const page of pages) await opened(page);
  await Promise.all(pages.map(press));
  for (const page of pages) await shows(page, "#press", `${PRESSES * nodes.length} times`);
});

import { expect, test } from "vitest";
import { opened, shows, useChromium } from "../support/browser.ts";
import { ClockedLog } from "../support/log.ts";
import { start, templates } from "../support/server.ts";

const chromium = useChromium();

test("open pages and fresh ones say since when nothing new has come, and no more once it has", async () => {
  const log = new ClockedLog();
  const views = templates({
    "widgets/quote.eta": "---\nstale_after: 30s\n---\n<b><%= data %></b>",
    "pages/board.eta": '<h1>Board</h1><%~ live("quote") %>',
  });
  const server = await start({ log, views });
  const publish = () =>
    fetch(`${server.url}/publish/quote`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "101",
    });
  await publish();
  const page = await chromium.open(`${server.url}/board`);
  await opened(page);
  expect(await page.locator("#quote .stale-notice").count()).toBe(0);
  log.pass(30_000);
  await shows(page, "#quote .stale-notice", /^No new value since \d+ \w+, [\d:]+ UTC\.$/);
  // Without a script it is seen as it came.
  const fresh = await chromium.open(`${server.url}/board`, { javaScriptEnabled: false });
  await shows(fresh, "#quote", "No new value since");
  await publish();
  await page.locator("#quote .stale-notice").waitFor({ state: "detached" });
  await shows(page, "#quote b", "101");
  await page.close();
  await fresh.close();
  await server.close();
});

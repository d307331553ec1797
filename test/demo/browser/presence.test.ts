import { afterAll, beforeAll, expect, test } from "vitest";
import presence from "../../../src/sources/presence.ts";
import { shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite } from "../../support/site.ts";

const chromium = useChromium();
let server: TestServer;
beforeAll(async () => {
  server = await startSite({ sources: { presence } });
});
afterAll(() => server.close());

test("a page says how many look at it now, whoever looks at others, and takes no more room for more of them", async () => {
  const page = await chromium.open(server.url);
  await shows(page, "#presence", "1 looking now");
  const place = await page.locator("#feed").boundingBox();
  const elsewhere = await chromium.open(`${server.url}/updates`);
  const other = await chromium.open(server.url);
  await shows(page, "#presence", "2 looking now");
  await shows(other, "#presence", "2 looking now");
  await shows(elsewhere, "[id^='presence']", "1 looking now");
  expect(await page.locator("#feed").boundingBox()).toEqual(place);
});

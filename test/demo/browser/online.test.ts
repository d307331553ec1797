import { afterAll, beforeAll, expect, test } from "vitest";
import online from "../../../src/sources/online.ts";
import { shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite } from "../../support/site.ts";

const chromium = useChromium();
let server: TestServer;
beforeAll(async () => {
  server = await startSite({ sources: { online } });
});
afterAll(() => server.close());

test("the feed says how many read it now, whatever else their page shows, and takes no more room for more of them", async () => {
  const page = await chromium.open(server.url);
  await shows(page, "#online", "1 reader now");
  const place = await page.locator("#feed").boundingBox();
  await chromium.open(`${server.url}/pair`); // the feed is not there
  const other = await chromium.open(server.url);
  await shows(page, "#online", "2 readers now");
  await shows(other, "#online", "2 readers now");
  expect(await page.locator("#feed").boundingBox()).toEqual(place);
});

/// <reference lib="dom" />
import { afterAll, beforeAll, expect, test } from "vitest";
import { opened, topicsOf, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { publishSamples, startSite } from "../../support/site.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startSite();
});
afterAll(() => server.close());
const chromium = useChromium();

test("in the reader's own colours the page that one is on is told from all others by more than a colour", async () => {
  const page = await chromium.open(`${server.url}/random`, { forcedColors: "active" });
  const edge = (selector: string) =>
    page.locator(selector).evaluate((link) => getComputedStyle(link).borderBlockEndColor);
  const behind = await page.evaluate("getComputedStyle(document.body).backgroundColor");
  expect(await edge(".top nav a[href='/echo']")).toBe(behind);
  expect(await edge(".top nav a[aria-current]")).not.toBe(behind);
  const ground = (selector: string) =>
    page.locator(selector).evaluate((button) => getComputedStyle(button).backgroundColor);
  expect(await ground("#_close[aria-pressed=true]")).not.toBe(await ground("#_start"));
});

test.each(["/", "/inbox", "/updates", "/chat"])("%s on paper has nothing to press", async (path) => {
  const page = await chromium.open(server.url + path);
  await opened(page);
  await publishSamples(server, await topicsOf(page));
  await page.emulateMedia({ media: "print" });
  expect(
    await page
      .locator("button:visible, input:not(.hidden, :disabled):visible, select:visible, textarea:visible")
      .count(),
  ).toBe(0);
});

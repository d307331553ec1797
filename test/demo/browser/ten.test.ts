/// <reference lib="dom" />
import { afterEach, beforeEach, expect, test } from "vitest";
import { jobOf } from "../../../src/sources/progress.ts";
import { numbered } from "../../../src/sources/ten.ts";
import { shows, streamed, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;

beforeEach(async () => {
  // Ten of these take longer than an EventSource waits before it connects again.
  server = await start({
    sources: {
      ten: ({ signal }) => numbered(10, 120, signal),
      progress: ({ signal }) => jobOf(numbered(10, 120, signal)),
    },
  });
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const ALL = Array.from({ length: 10 }, (_, i) => `${i + 1}`);
const streams = () => server.requests.filter((request) => request.startsWith("GET /events"));

test("ten numbered events, then an end that closes for good: one request, no reconnect, and nothing is called stale", async () => {
  const page = await chromium.open(`${server.url}/ten`);
  await shows(page, ".over", "That was the last one.");
  expect(await page.locator(".tenth b").allTextContents()).toEqual(ALL);
  await shows(page, "[id^='progress'] .sign", "done");
  await expect.poll(() => page.locator("#_pulse").textContent()).toBe("");
  await expect.poll(() => server.broker.size).toBe(0);
  const [request] = streams();
  // Another visitor's ten takes longer than the first page would have waited to connect again.
  const other = await chromium.open(`${server.url}/ten`);
  await shows(other, ".over", "That was the last one.");
  expect(streams().filter((each) => each === request)).toHaveLength(1);
  expect(streams()).toHaveLength(2);
  expect((await streamed(page)).open).toBe(1);
});

test("a reload starts a new ten", async () => {
  const page = await chromium.open(`${server.url}/ten`);
  await shows(page, ".over", "That was the last one.");
  await page.reload();
  expect((await page.locator(".tenth").count()) < 10).toBe(true);
  await shows(page, ".over", "That was the last one.");
  expect(await page.locator(".tenth b").allTextContents()).toEqual(ALL);
  expect(new Set(streams()).size).toBe(2);
});

test("what stands below the events on a phone stays where it is while they come", async () => {
  const page = await chromium.open(`${server.url}/ten`, { viewport: { width: 390, height: 844 } });
  const top = () => page.locator(".how").evaluate((how) => how.getBoundingClientRect().top + scrollY);
  const before = await top();
  expect(await page.locator(".tenth").count()).toBeLessThan(10);
  await shows(page, ".over", "That was the last one.");
  expect(await top()).toBe(before);
});

/// <reference lib="dom" />
import { afterEach, beforeEach, expect, test } from "vitest";
import { jobOf } from "../../../src/sources/progress.ts";
import { numbered } from "../../../src/sources/ten.ts";
import { shows, streamed, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
/** What the second event waits for. */
let more: Promise<void>;

/** Ten of these take longer than an EventSource waits before it connects again. */
async function* events(signal: AbortSignal) {
  for await (const event of numbered(10, 120, signal)) {
    if (event.n === 2) await more;
    yield event;
  }
}

beforeEach(async () => {
  more = Promise.resolve();
  server = await start({
    sources: { ten: ({ signal }) => events(signal), progress: ({ signal }) => jobOf(events(signal)) },
  });
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const ALL = Array.from({ length: 10 }, (_, i) => `${i + 1}`);

/** Has pages wait after the first event. @returns what lets them go on */
function holdMore(): () => void {
  let goOn = () => {};
  more = new Promise((resolve) => {
    goOn = resolve;
  });
  return goOn;
}

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
  const goOn = holdMore();
  await page.reload();
  await page.locator(".tenth").waitFor(); // the one that there is
  goOn();
  await shows(page, ".over", "That was the last one.");
  expect(await page.locator(".tenth b").allTextContents()).toEqual(ALL);
  expect(new Set(streams()).size).toBe(2);
});

test("what stands below the events on a phone stays where it is while they come", async () => {
  const goOn = holdMore();
  const page = await chromium.open(`${server.url}/ten`, { viewport: { width: 390, height: 844 } });
  const top = () => page.locator(".how").evaluate((how) => how.getBoundingClientRect().top + scrollY);
  await page.locator(".tenth").waitFor();
  const before = await top();
  goOn();
  await shows(page, ".over", "That was the last one.");
  expect(await top()).toBe(before);
});

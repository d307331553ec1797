import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Decide, deny } from "../../src/engine/access/authorize.ts";
import { parseRegion } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import {
  AWAY,
  delivered,
  normalised,
  normalisedHtml,
  opened,
  shows,
  streamed,
  useChromium,
} from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const views = templates({
  "widgets/inner.eta": '---\naccess: page\nkind: log\n---\n<li id="<%= id %>"><%= data %></li>',
  "widgets/outer.eta": "<b><%= data %></b>",
  "pages/inner.eta": '<h1>Inner</h1><%~ live("inner") %>',
  "pages/both.eta": '<h1>Both</h1><%~ live("inner") %><%~ live("outer") %>',
});
/** What the extension says of a stream that ends. */
const ENDED = /^console: \[object Event\]$/;
let server: TestServer;
let denied: boolean;
beforeEach(async () => {
  denied = false;
  const decide: Decide = ({ topic }) => (denied && topic === "inner" ? deny() : undefined);
  server = await start({ views, authorize: decide, checkMs: 50, heartbeatMs: 1_000 });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});
const chromium = useChromium();

const publish = (topic: string, data: unknown) =>
  server.broker.publish([{ topic: parseTopic(topic), data: data as string }]);
const minutesLater = (minutes: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });
const asked = (path: string) => server.requests.filter((request) => request.startsWith(`GET ${path}`)).length;

test("an open page renews its seal before it expires, and goes on without a reload, a gap or a double", async () => {
  chromium.allow(ENDED); // on a slow machine its time may be up before the renewal is there
  const page = await chromium.open(`${server.url}/inner`);
  await opened(page);
  let n = 0;
  const timer = setInterval(() => void publish("inner", n++), 20);
  try {
    for (let renewal = 1; renewal <= 3; renewal++) {
      minutesLater(45);
      await opened(page, renewal + 1);
    }
  } finally {
    clearInterval(timer);
  }
  await publish("inner", "last");
  await shows(page, "#inner", "last");
  const region = parseRegion("inner");
  expect(await normalised(page, "#inner")).toBe(normalisedHtml(await server.broker.html(region)));
  expect(asked("/inner")).toBe(1);
  expect(asked("/stream?renewal")).toBeGreaterThanOrEqual(3);
});

test("a page that slept until its seal had expired goes on by itself", async () => {
  const page = await chromium.open(`${server.url}/inner`);
  await opened(page);
  chromium.allow(...AWAY);
  await page.context().setOffline(true);
  server.web.closeAllConnections();
  minutesLater(300);
  await publish("inner", "meanwhile");
  await page.context().setOffline(false);
  await shows(page, "#inner", "meanwhile");
  expect(asked("/inner")).toBe(1);
});

test("a page that is come back to after its seal has expired is right", async () => {
  const page = await chromium.open(`${server.url}/inner`);
  await opened(page);
  await page.goto(`${server.url}/widgets`);
  minutesLater(300);
  chromium.allow(ENDED); // its stream, which is refused, may end before the page has another in its place
  await publish("inner", "meanwhile");
  await page.goBack();
  await shows(page, "#inner", "meanwhile");
  await publish("inner", "after");
  await shows(page, "#inner", "after");
});

test("a page that may not any more says so in the region's place, goes on with the others, and asks no more", async () => {
  await publish("inner", "not for all");
  const page = await chromium.open(`${server.url}/both`);
  await opened(page);
  chromium.allow(ENDED);
  denied = true;
  await shows(page, "#inner", "This may not be shown here any more");
  expect(await page.locator("#inner").textContent()).not.toContain("not for all");
  await publish("outer", "for all");
  await shows(page, "#outer", "for all");
  const [streams, { message }] = [asked("/events"), await streamed(page)];
  await delivered(page, message + 2); // heartbeats
  expect([asked("/events"), asked("/stream")]).toEqual([streams, 0]);
  denied = false;
  await page.getByRole("link", { name: "Reload the page" }).click();
  await shows(page, "#inner", "not for all");
});

test("a page that shows nothing else has no stream then", async () => {
  const page = await chromium.open(`${server.url}/inner`);
  await opened(page);
  chromium.allow(ENDED);
  denied = true;
  await shows(page, "#inner", "This may not be shown here any more");
  await expect.poll(() => page.locator("#_pulse > *").count()).toBe(0);
  expect([server.broker.size, asked("/events"), asked("/stream")]).toEqual([0, 2, 0]);
});

test("without JavaScript such a page is as complete as any", async () => {
  await publish("inner", "for this page");
  const page = await chromium.open(`${server.url}/inner`, { javaScriptEnabled: false });
  await shows(page, "#inner", "for this page");
});

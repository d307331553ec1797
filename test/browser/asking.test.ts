import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { AWAY, eventually, shows, streamed, useChromium } from "../support/browser.ts";
import { HoldingProxy } from "../support/holding-proxy.ts";
import { start, styled, type TestServer, templates } from "../support/server.ts";

const views = templates({
  "pages/news.eta": '<h1>News</h1><%~ live("feed") %> <%~ live("level") %>',
  "widgets/level.eta": "<b><%= data %></b>",
});
const [feed, level] = ["feed", "level"].map(parseTopic) as [never, never];
/** Ten times as often as pages ask, unless it is looked at how long it takes. */
const HURRIED = ".beat.first,.beat.asking { --due: 0.5s; --said: 9s; }";
const isLong = process.env.LONG === "1";
let server: TestServer;
beforeEach(async () => {
  server = await start({ views, ...(isLong ? {} : { public: styled(HURRIED), heartbeatMs: 1_000 }) });
});
afterEach(() => server.close());
const chromium = useChromium();

/** Milliseconds until it has happened. */
async function took(happens: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await happens;
  return Math.round(performance.now() - began);
}

const ASKS = "#_pulse .asking .away";
const isLive = (page: Page) =>
  page.locator("#_pulse .beat:not(.first, .asking, .broken) .alive").waitFor({ timeout: 30_000 });

test("of seven pages of one visitor over HTTP/1.1 all load, four are live, the others ask and say why, and go live as others close", async () => {
  chromium.allow(...AWAY);
  const url = `${server.url}/news`;
  const first = await chromium.open(url);
  await isLive(first);
  const tabs = [first];
  const loaded: number[] = [];
  while (tabs.length < 7) {
    const tab = await first.context().newPage();
    loaded.push(await took(tab.goto(url)));
    await (tabs.length < 4 ? isLive(tab) : tab.locator(ASKS).waitFor());
    tabs.push(tab);
  }
  expect(server.broker.size).toBe(4);
  await eventually(
    () => server.broker.readers.of(feed).pages,
    (pages) => pages === 7,
  );
  const [live, asking] = [tabs.slice(0, 4), tabs.slice(4)];
  for (const tab of asking) {
    expect(await tab.locator("#_notice").textContent()).toMatch(
      /^Several other pages of this site are open in your browser\./,
    );
  }
  for (const tab of live) expect(await tab.locator("#_notice").textContent()).toBe("");

  await server.broker.publish([
    { topic: feed, data: { text: "for all" } },
    { topic: level, data: 7 },
  ]);
  const shown = tabs.map((tab) => took(Promise.all([shows(tab, "#feed", "for all"), shows(tab, "#level", "7")])));
  const times = await Promise.all(shown);

  await live[1]!.close();
  const freed = performance.now();
  await eventually(
    async () =>
      (await Promise.all(asking.map((tab) => tab.locator(ASKS).count()))).filter((count) => count === 0).length,
    (count) => count === 1,
  );
  await eventually(
    () => server.broker.size,
    (size) => size === 4,
  );
  const livened = Math.round(performance.now() - freed);
  const now = asking[(await Promise.all(asking.map((tab) => tab.locator(ASKS).count()))).indexOf(0)]!;
  await eventually(
    () => now.locator("#_notice").textContent(),
    (text) => text === "",
  );
  await server.broker.publish([{ topic: feed, data: { text: "once more" } }]);
  await shows(now, "#feed", "once more");
  if (isLong) {
    for (const tab of asking) await tab.close();
    await eventually(
      () => server.broker.readers.of(feed).pages,
      (pages) => pages === 3,
      30_000,
    );
  }
  console.log(
    `seven pages over HTTP/1.1: loaded in ${loaded.join(", ")} ms; a value shown after ${times.join(", ")} ms; one closed, the next live after ${livened} ms`,
  );
});

describe("behind a proxy that holds streams back", () => {
  let proxy: HoldingProxy;
  beforeEach(async () => {
    proxy = await HoldingProxy.open(server.port);
  });
  afterEach(() => proxy.close());

  test("a page asks for what is new, says so, and is live, and asks no more, once streams get through", async () => {
    chromium.allow(...AWAY);
    const page = await chromium.open(`${proxy.origin}/news`);
    await server.broker.publish([{ topic: feed, data: { text: "at once" } }]);
    const early = await took(shows(page, "#feed", "at once"));
    await page.locator(ASKS).waitFor({ timeout: 30_000 });
    expect(await page.locator("#_notice").textContent()).toMatch(
      /^Something between you and this site holds back live updates\./,
    );
    const times: number[] = [];
    for (let n = 0; n < 3; n++) {
      await server.broker.publish([
        { topic: feed, data: { text: `item ${n}` } },
        { topic: level, data: n },
      ]);
      times.push(await took(Promise.all([shows(page, "#feed", `item ${n}`), shows(page, "#level", String(n))])));
    }
    expect(await page.locator("#feed li").count()).toBe(4);
    expect(await page.locator("#_pulse .lost").isVisible()).toBe(false);
    proxy.holds = false;
    const healed = await took(isLive(page));
    await eventually(
      () => page.locator("#_notice").textContent(),
      (text) => text === "",
    );
    const asked = proxy.requests.filter((request) => request === "GET /stream").length;
    await server.broker.publish([{ topic: feed, data: { text: "live" } }]);
    await shows(page, "#feed", "live");
    // A second heartbeat: had the page gone on asking, it would have done so by now.
    const { message } = await streamed(page);
    await eventually(
      async () => (await streamed(page)).message,
      (messages) => messages >= message + 2,
      40_000,
    );
    expect(proxy.requests.filter((request) => request === "GET /stream").length).toBe(asked);
    expect(server.broker.readers.of(feed).pages).toBe(1);
    console.log(
      `streams held back: a value shown after ${[early, ...times].join(", ")} ms; passed on again: live after ${healed} ms`,
    );
  });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { readers } from "../../src/engine/sources/readers.ts";
import { eventually, shows } from "../support/browser.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { start, type TestServer, templates } from "../support/server.ts";
import { Tabs } from "../support/tabs.ts";

/** Between two questions to a page. At length as it is for everybody. */
const ASK_MS = process.env.LONG ? undefined : 1_500;

let server: TestServer;
let proxy: FaultyProxy;
let tabs: Tabs;
beforeAll(async () => {
  const views = templates({
    "widgets/online.eta": "<b><%= data %></b>",
    "pages/crowd.eta": '<h1>Crowd</h1><%~ live("online") %><%~ live("feed") %>',
  });
  server = await start({ views, askMs: ASK_MS, sources: { online: readers("feed") } });
  proxy = await FaultyProxy.open(server.port);
  tabs = await Tabs.open();
}, 60_000);
afterAll(async () => {
  await tabs.close();
  await proxy.close();
  await server.close();
});

async function open(origin: string) {
  const page = await tabs.window.newPage();
  await page.goto(`${origin}/crowd`);
  return page;
}

/** Seconds until it is so. */
async function until(so: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await so;
  return (performance.now() - began) / 1000;
}

test("a tab counts while it is open, in the background as well; a closed one is gone within 3 s, a vanished one within 30 s", async () => {
  const [hidden, vanishing, front] = [await open(server.url), await open(proxy.origin), await open(server.url)];
  const answered = [0, 0, 0];
  for (const [i, page] of [hidden, vanishing, front].entries()) {
    page.on("response", (response) => {
      if (response.url().includes("/here?") && response.status() === 204) answered[i]!++;
    });
  }
  await shows(front, "#online", "3");
  await front.bringToFront();
  expect(await hidden.evaluate(() => document.visibilityState)).toBe("hidden");
  const closing = await open(server.url);
  await shows(front, "#online", "4");
  const closed = closing.close();
  const closedAfter = await until(closed.then(() => shows(front, "#online", "3")));

  // Each of the three was asked again after it had answered.
  await eventually(
    () => answered,
    (answered) => answered.every((times) => times >= 2),
    60_000,
  );

  proxy.set("blackhole");
  const vanishedAfter = await until(shows(front, "#online", "2", 90_000));
  await vanishing.close();

  const asked = ASK_MS === undefined ? "as by default" : `every ${ASK_MS / 1000} s`;
  console.log(
    `a closed tab: gone after ${closedAfter.toFixed(1)} s; one that vanished, asked ${asked}: after ${vanishedAfter.toFixed(1)} s`,
  );
  expect(closedAfter).toBeLessThan(3 * 3);
  expect(vanishedAfter).toBeLessThan(3 * 30);
}, 200_000);

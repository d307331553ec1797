/// <reference lib="dom" />
import type { Page } from "puppeteer-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Json } from "../../src/engine/core/json.ts";
import { parseRegion } from "../../src/engine/core/region.ts";
import { type ItemName, parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import { Balancer, type BalancerKind } from "../support/balancer.ts";
import { eventually, normalisedHtml, useChromium } from "../support/browser.ts";
import { useFirefox } from "../support/firefox.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { selfSigned, start, styled, type TestServer, templates } from "../support/server.ts";

const NAMED = parseItem("named");
const REGIONS = ["feed", "counter", "job", "rows"];
const VIEWS = {
  "widgets/job.eta": `<div><button type="button" popovertarget="more">More</button><div id="more" popover>More of it</div>
<p>Words that stay</p> <b><%= data.text %></b>
<svg viewBox="0 0 100 10"><rect width="<%= data.wide %>" height="10"/></svg></div>`,
  "pages/all.eta": `<h1>All</h1><%~ live("feed") %><%~ live("counter") %><%~ live("job") %><table><%~ live("rows") %></table>
<form <%~ action("feed") %>><input id="_feed-text" name="text" aria-label="A line for the feed"><button>Publish</button></form>`,
};
const pair = selfSigned();
let server: TestServer;
const fronts: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  server = await start({ views: templates(VIEWS), public: styled(".beat { --due: 2s; }"), heartbeatMs: 700 });
});
afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.stop()));
  await server.close();
});
const chromium = useChromium();
const firefox = useFirefox();

const publish = (topic: string, data: Json, item?: ItemName) =>
  server.broker.publish([{ topic: parseTopic(topic), data, ...(item !== undefined && { item }) }]);
const streams = (n: number) =>
  eventually(
    () => server.broker.size,
    (size) => size === n,
  );
const proxied = async () => {
  const proxy = await FaultyProxy.open(server.port);
  fronts.push({ stop: () => proxy.close() });
  return proxy;
};

/** One value of each kind, and rows of which the first have to go. */
async function publishAll(text: string): Promise<void> {
  await publish("counter", { count: text.length });
  await publish("job", { text: `${text} <i>&amp;`, wide: text.length });
  for (const row of [1, 2, 3, 4]) await publish("rows", `${text} ${row}`);
  await publish("feed", { text: `${text}, at first` }, NAMED);
  await publish("feed", { text: `${text}, corrected` }, NAMED);
  await publish("feed", { text });
}

const fresh = async () =>
  (await Promise.all(REGIONS.map((name) => server.broker.html(parseRegion(name))))).map(normalisedHtml);

/** Resolves once the page shows what a fresh one would. */
async function isRight(shown: (inner: string) => Promise<unknown>): Promise<void> {
  const expected = await fresh();
  const inner = `${JSON.stringify(REGIONS)}.map((id) => document.getElementById(id).innerHTML)`;
  const now = async () => ((await shown(inner)) as string[]).map(normalisedHtml);
  await eventually(now, (html) => html.join() === expected.join(), 60_000);
}
const isRightIn = (page: Page) => isRight((inner) => page.evaluate(inner));

test.each<BalancerKind>(["nginx", "haproxy", "caddy"])(
  "behind %s, Firefox and Chromium show the same page, of one compressed stream, and take the same presses",
  async (kind) => {
    const balancer = await Balancer.start(kind, [server.port, server.port], { pair });
    fronts.push(balancer);
    const encodings: string[] = [];
    const first = await chromium.open(`${balancer.origin}/all`, { ignoreHTTPSErrors: true });
    const page = await firefox.open(`${balancer.origin}/all`, (response) => {
      if (response.url().includes("/events?")) encodings.push(response.headers()["content-encoding"] ?? "none");
    });
    await streams(2);
    await publishAll("For both");
    await isRightIn(page);
    await isRight((inner) => first.evaluate(inner));
    await page.type('[name="text"]', "Typed in Firefox");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("#feed")!.textContent!.includes("Typed in Firefox"));
    await isRightIn(page);
    await isRight((inner) => first.evaluate(inner));
    expect(encodings).toEqual(["gzip"]);
  },
);

test("an update leaves what a reader of Firefox has selected and opened as it is", async () => {
  await publishAll("Before");
  const page = await firefox.open(`${server.url}/all`);
  await streams(1);
  await page.click("#job button");
  await page.evaluate(() => getSelection()!.selectAllChildren(document.querySelector("#job p")!));
  await publishAll("After");
  await page.waitForFunction(() => document.querySelector("#job b")!.textContent!.includes("After"));
  const kept = await page.evaluate(() => [
    String(getSelection()),
    document.querySelector("#more")!.matches(":popover-open"),
  ]);
  expect(kept).toEqual(["Words that stay", true]);
});

test("Firefox's page says when its stream is lost, and is right again once the server can be reached", async () => {
  const proxy = await proxied();
  const page = await firefox.open(`${proxy.origin}/all`);
  await streams(1);
  await proxy.refuse();
  await page.waitForSelector("#_pulse .lost", { visible: true });
  await publishAll("Meanwhile");
  await proxy.accept();
  await isRightIn(page);
  await page.waitForSelector("#_pulse .alive", { visible: true });
});

test("Firefox's page notices that nothing comes any more where nobody tells it", async () => {
  const proxy = await proxied();
  const page = await firefox.open(`${proxy.origin}/all`);
  await streams(1);
  proxy.forget();
  await publishAll("Unseen");
  await isRightIn(page);
});

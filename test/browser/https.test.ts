/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { opened, shows, useChromium } from "../support/browser.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { selfSigned, start, type TestServer } from "../support/server.ts";

const TABS = 20;
const tls = selfSigned();
let server: TestServer;
let proxy: FaultyProxy;

beforeEach(async () => {
  server = await start({ config: { tls } });
  proxy = await FaultyProxy.open(server.port);
});
afterEach(async () => {
  await proxy.close();
  await server.close();
});
const chromium = useChromium();

/** Tabs of one visitor, who has one connection; each page of `chromium.open` is a visitor of its own. */
async function open(n: number): Promise<Page[]> {
  const first = await chromium.open(`https://127.0.0.1:${proxy.port}`, { ignoreHTTPSErrors: true });
  const others = Array.from({ length: n - 1 }, async () => {
    const page = await first.context().newPage();
    await page.goto(first.url());
    return page;
  });
  return [first, ...(await Promise.all(others))];
}

const publish = (text: string) => server.broker.publish([{ topic: parseTopic("feed"), data: { text } }]);

test("20 tabs of one browser are all live at once over HTTP/2, and the server sees each that closes go", async () => {
  const tabs = await open(TABS);
  await expect.poll(() => server.broker.size).toBe(TABS);
  await publish("for every tab");
  await Promise.all(tabs.map((tab) => shows(tab, "#feed", "for every tab")));
  const protocols = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(() => performance.getEntriesByType("navigation").map((entry) => entry.toJSON().nextHopProtocol)),
    ),
  );
  expect(protocols.flat()).toEqual(Array.from({ length: TABS }, () => "h2"));
  // A connection that Chromium opened in advance may be there, too.
  expect(proxy.open).toBeLessThanOrEqual(2);

  await Promise.all(tabs.splice(0, TABS / 2).map((tab) => tab.close()));
  await expect.poll(() => server.broker.size).toBe(TABS / 2);
  await publish("for those that stay");
  await Promise.all(tabs.map((tab) => shows(tab, "#feed", "for those that stay")));
  expect(server.errors).toEqual([]);
});

test("tabs whose connection is cut all come back over HTTP/2, with what they missed", async () => {
  chromium.allow(/ERR_|object Event/); // Chromium and the extension log every connection that is cut
  const tabs = await open(3);
  await opened(tabs[0]!);
  await expect.poll(() => server.broker.size).toBe(3);
  proxy.reset();
  await publish("missed");
  await Promise.all(tabs.map((tab) => shows(tab, "#feed", "missed")));
  for (const tab of tabs) expect(await tab.locator("#feed > li").count()).toBe(1);
  await expect.poll(() => server.broker.size).toBe(3);
  // The page's icon may have been on its way: an answer that was cut is told of.
  expect(server.errors.filter((error) => (error as { code?: string }).code !== "ECONNRESET")).toEqual([]);
});

test("the form works over HTTP/2, and the page's cookie is kept from plain HTTP", async () => {
  const [page] = await open(1);
  const field = page!.locator('[name="text"]').first();
  await field.fill("typed over TLS");
  await field.press("Enter");
  await shows(page!, "#feed", "typed over TLS");
  await page!.goto(`https://127.0.0.1:${proxy.port}/visitor`);
  const cookies = await page!.context().cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(["__Host-visitor", "__Host-visitor.sig"]);
  for (const cookie of cookies) expect(cookie).toMatchObject({ secure: true, httpOnly: true, path: "/" });
  // The browser brings back what it was given: the visitor stays who it is.
  await page!.getByRole("button", { name: "Start" }).click();
  await page!.waitForURL("**/visitor?running=true");
  await page!.getByRole("button", { name: "Add" }).click();
  await shows(page!, "ul > li", "1");
});

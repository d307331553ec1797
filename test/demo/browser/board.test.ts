import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { opened, screenshot, shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

/** The demo's, but for those whose topics belong to one reader each, or are shown as the reader chooses. */
const BOARD = ["vitals", "price", "clock", "gauge", "counter", "hello", "feed", "inbox", "bigboxcode"];
const onBoard = () => BOARD.map((name) => server.views.widgets.get(name)!);
const streams = () => server.requests.filter((request) => request.startsWith("GET /events"));
const publish = (name: string, data: unknown) =>
  server.broker.publish([{ topic: parseTopic(name), data: data as never }]);
const heights = (page: Page) =>
  page.locator(".card").evaluateAll((cards) => cards.map((card) => card.getBoundingClientRect().height));

test("shows every widget that has no page for each reader, over one stream", async () => {
  const page = await chromium.open(server.url);
  await opened(page);
  for (const { name, title, samples } of onBoard()) {
    await publish(name, samples[0]!.data);
    await page.locator(`#${name} > :not(.waiting)`).first().waitFor();
    await expect(page.locator(".card h2").getByRole("link", { name: title, exact: true }).count()).resolves.toBe(1);
  }
  expect(streams()).toHaveLength(1);
});

test("stays where it is when the first values come in: heights are kept free for them", async () => {
  for (const width of [1280, 800, 390]) {
    const page = await chromium.open(server.url, { viewport: { width, height: 900 } });
    await opened(page);
    const before = await heights(page);
    for (const { name, samples } of onBoard()) {
      await publish(name, samples[0]!.data);
      await page.locator(`#${name} > :not(.waiting)`).first().waitFor();
    }
    expect(await heights(page), `at ${width}`).toEqual(before);
    for (const { name } of onBoard()) await server.broker.clear(parseTopic(name));
  }
});

test("has no empty foot on a phone: a list is as high as what is in it, up to the height that it has beside others, and is scrolled then", async () => {
  const page = await chromium.open(server.url, { viewport: { width: 390, height: 900 } });
  await opened(page);
  /** Of the feed: how high its box is, how much of that is empty, and how much is there to scroll to. */
  const box = () =>
    page.locator(".newest:has(> #feed)").evaluate((box) => {
      const foot = box.getBoundingClientRect().bottom - box.querySelector("#feed")!.getBoundingClientRect().bottom;
      return { height: box.clientHeight, foot, beyond: box.scrollHeight - box.clientHeight };
    });
  const inset = await page
    .locator(".card")
    .first()
    .evaluate((card) => Number.parseFloat(getComputedStyle(card).paddingBottom));
  for (let i = 1; i <= 12; i++) {
    await publish("feed", `Line ${i}`);
    await shows(page, "#feed", `Line ${i}`);
    const { height, foot, beyond } = await box();
    if (i >= 4) expect(foot, `${i} lines`).toBeLessThanOrEqual(inset + 1);
    expect(beyond > 1, `${i} lines in ${height} px`).toBe(i > 4);
  }
});

test("leads to every page that it names, and from each back to it", async () => {
  const page = await chromium.open(server.url);
  const links = await page.locator("a[href^='/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")!));
  expect(links).toEqual(expect.arrayContaining(["/widgets", "/widgets/price", "/random", "/updates", "/ten", "/pair"]));
  for (const path of new Set(links)) {
    const response = await fetch(server.url + path);
    expect(`${path} ${response.status}`).toBe(`${path} 200`);
    expect(await response.text()).toContain('<a class="brand" href="/">');
  }
});

test("takes a line for the feed, and shows it", async () => {
  const page = await chromium.open(server.url);
  await opened(page);
  await page.getByLabel("A line for the feed").fill("Hello from the board");
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await shows(page, "#feed li", "Hello from the board");
  await page.waitForFunction("document.querySelector('#_feed-text').value === ''");
});

test("fits a phone and a desk, in light and in dark", async () => {
  for (const { name, samples } of onBoard()) await publish(name, samples[0]!.data);
  const page = await chromium.open(server.url);
  await opened(page);
  expect(await screenshot(page, "board")).toHaveLength(4);
  for (const width of [320, 390, 800, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate("document.documentElement.scrollWidth"), `at ${width}`).toBeLessThanOrEqual(width);
  }
});

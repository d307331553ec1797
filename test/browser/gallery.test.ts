import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRegion } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { normalised, normalisedHtml, opened, screenshot, shows, useChromium } from "../support/browser.ts";
import { start, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const publish = (name: string, data: unknown) =>
  server.broker.publish([{ topic: parseTopic(name), data: data as never }]);

test("from the gallery to a widget, which runs alone: samples stay as they are while it moves", async () => {
  const page = await chromium.open(`${server.url}/widgets`);
  await page.getByRole("link", { name: "Feed", exact: true }).click();
  await page.waitForURL("**/widgets/feed");
  await opened(page);
  const samples = await page.locator(".picture").allInnerTexts();
  for (const { data } of server.views.widgets.get("feed")!.samples) await publish("feed", data);
  await publish("feed", "the last one");
  await shows(page, "#feed li", "the last one");
  expect(await normalised(page, "#feed")).toBe(normalisedHtml(await server.broker.html(parseRegion("feed"))));
  expect(await page.locator(".picture").allInnerTexts()).toEqual(samples);
  await page.getByRole("link", { name: "Widgets" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Widgets" }).waitFor();
});

test("every widget that has a sample runs alone, over one stream, and its page fits a phone and a desk", async () => {
  const page = await chromium.open(`${server.url}/widgets`); // which has no stream of its own
  for (const { name, samples } of server.views.widgets.values()) {
    if (samples.length === 0) continue;
    server.requests.length = 0;
    await page.goto(`${server.url}/widgets/${name}`);
    await opened(page);
    await publish(name, samples[0]!.data);
    await page.locator(`#${name} > :not(.waiting)`).first().waitFor();
    expect(server.requests.filter((request) => request.startsWith("GET /events"))).toHaveLength(1);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      expect(wide, `${name} at ${width}`).toBeLessThanOrEqual(width);
    }
  }
});

test("a button in a sample does nothing", async () => {
  const page = await chromium.open(`${server.url}/widgets/press`);
  await opened(page);
  server.requests.length = 0;
  const button = page.locator(".picture button", { hasText: "Press" }).first();
  await button.scrollIntoViewIfNeeded();
  const { x, y } = (await button.boundingBox())!;
  await page.mouse.click(x + 5, y + 5);
  await button.focus();
  await page.keyboard.press("Enter");
  await publish("press", { times: 7 });
  await shows(page, "#press", "7 times");
  // A browser asks for the icon in its own time.
  expect(server.requests.filter((request) => request !== "GET /favicon.ico")).toEqual([]);
});

test("looks as it should, for those who look", async () => {
  const page = await chromium.open(`${server.url}/widgets`);
  expect(await screenshot(page, "widgets")).toHaveLength(4);
  await publish("price", { symbol: "ACME", price: 101.2, change: 0.4 });
  await page.goto(`${server.url}/widgets/price`);
  expect(await screenshot(page, "widgets-price")).toHaveLength(4);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Topic } from "../../../src/engine/core/topic.ts";
import { opened, shows, topicsOf, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { publishSamples, startSite } from "../../support/site.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startSite();
});
afterAll(() => server.close());
const chromium = useChromium();

test("on a wall a page is its cards alone, fits the screen, and is live", async () => {
  const page = await chromium.open(`${server.url}/?wall`, { viewport: { width: 1920, height: 1080 } });
  await opened(page);
  await publishSamples(server, await topicsOf(page));
  await server.broker.publish([{ topic: "counter" as Topic, data: { count: 4711 } }]);
  await shows(page, "#counter", "4,711");
  for (const chrome of [".top nav", ".brand", "h1", ".lead", ".ways a", "form.compose", ".hint", "#_pulse .alive"]) {
    const seen = await page.locator(chrome).evaluateAll((all) =>
      all.filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width > 1 && height > 1 && getComputedStyle(element).visibility === "visible";
      }),
    );
    expect(seen, chrome).toEqual([]);
  }
  const cards = await page.locator(".card:visible").evaluateAll((all) =>
    all.map((card) => {
      const { left, top, right, bottom } = card.getBoundingClientRect();
      const around = [left, top, innerWidth - right, innerHeight - bottom].map(Math.round);
      return { isIn: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight, around };
    }),
  );
  expect(cards.length).toBeGreaterThan(6);
  expect(cards.filter(({ isIn }) => !isIn)).toEqual([]);
  const margins = [0, 1, 2, 3].map((side) => Math.min(...cards.map(({ around }) => around[side]!)));
  expect(new Set(margins).size, `left, top, right and bottom: ${margins}`).toBe(1);
  const room = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
  expect(room).toEqual([1920, 1080]);
});

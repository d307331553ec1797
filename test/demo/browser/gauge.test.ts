/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { opened, shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const publish = (data: number | object) => server.broker.publish([{ topic: parseTopic("gauge"), data: data as never }]);
const colour = (page: Page) => page.locator("#gauge .chart-part").evaluate((part) => getComputedStyle(part).stroke);
/** Red is what has more red in it than green and blue. */
const isRed = (rgb: string) => {
  const [red, green, blue] = rgb.match(/\d+/g)!.map(Number) as [number, number, number];
  return red > 1.2 * green && red > 1.2 * blue;
};

test.each(["light", "dark"] as const)(
  "over 20 it turns red and says so, and back again, in %s",
  async (colorScheme) => {
    const page = await chromium.open(`${server.url}/widgets/gauge`, { colorScheme });
    await opened(page);
    await publish(20);
    await shows(page, "#gauge .chart-words", /^limit 20$/);
    expect(isRed(await colour(page))).toBe(false);
    await publish({ value: 20.1, unit: "°C" });
    await shows(page, "#gauge .chart-words", /^over limit 20/);
    await shows(page, "#gauge .chart-value", "20.1\u00A0°C");
    expect(isRed(await colour(page))).toBe(true);
    await publish(12);
    await shows(page, "#gauge .chart-words", /^limit 20$/);
    expect(isRed(await colour(page))).toBe(false);
  },
);

test("those who do not see it hear its value and the limit", async () => {
  const page = await chromium.open(`${server.url}/widgets/gauge`);
  await opened(page);
  await publish(23.5);
  const meter = page.locator("#gauge").getByRole("meter", { name: "Value" });
  await meter.waitFor();
  expect(await meter.getAttribute("aria-valuenow")).toBe("23.5");
  expect(await meter.getAttribute("aria-valuetext")).toBe("23.5, over limit 20");
});

test("it moves from value to value, and not for who wants no movement", async () => {
  const page = await chromium.open(`${server.url}/widgets/gauge`);
  await opened(page);
  await publish(5);
  await shows(page, "#gauge .chart-value", "5");
  await page.evaluate(() => {
    document.addEventListener("transitionrun", ({ propertyName }) => {
      document.documentElement.dataset.moved = propertyName;
    });
  });
  await publish(35);
  await page.locator('html[data-moved="stroke-dasharray"]').waitFor();
  const takes = () => page.locator("#gauge .chart-part").evaluate((part) => getComputedStyle(part).transitionDuration);
  expect(await takes()).toBe("0.3s");
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await takes()).toBe("0s");
});

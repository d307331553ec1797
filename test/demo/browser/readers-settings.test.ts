/// <reference lib="dom" />
import type { Page } from "playwright-core";
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

/** Where the characters of an element are, each with how far it is from the left of the page. */
const characters = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const found: { character: string; left: number }[] = [];
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
        for (const [i, character] of [...node.textContent!].entries()) {
          const range = document.createRange();
          range.setStart(node, i);
          range.setEnd(node, i + 1);
          const { left, width } = range.getBoundingClientRect();
          if (width > 0) found.push({ character, left });
        }
      }
      return found;
    });
/** What is read of it from left to right; a text of one line. */
const seen = async (page: Page, selector: string) =>
  (await characters(page, selector))
    .sort((one, other) => one.left - other.left)
    .map(({ character }) => character)
    .join("");

test("on a page that is read from the right, code and numbers stand as they are written, and where its own words would", async () => {
  const page = await chromium.open(server.url);
  await opened(page);
  await server.broker.publish([
    { topic: "gauge" as Topic, data: { value: 21.4, unit: "°C" } },
    { topic: "counter" as Topic, data: { count: 4711 } },
  ]);
  await shows(page, "#counter", "4,711");
  await shows(page, "#gauge .chart-value", "21.4\u00A0°C");
  await page.evaluate("document.documentElement.dir = 'rtl'");
  expect(await seen(page, "#gauge .chart-value")).toBe("21.4\u00A0°C");
  const [first] = await characters(page, ".code");
  const { x } = (await page.locator(".code").first().boundingBox())!;
  expect(first!.left - x).toBeLessThan(30);
  const ends = await page.locator("#counter .figure").evaluate((figure) => {
    const range = document.createRange();
    range.selectNodeContents(figure);
    return [range.getBoundingClientRect().right, figure.getBoundingClientRect().right].map(Math.round);
  });
  expect(ends[0]).toBe(ends[1]);
});

test("in the reader's own colours the page that one is on is told from all others by more than a colour", async () => {
  const page = await chromium.open(`${server.url}/random`, { forcedColors: "active" });
  const edge = (selector: string) =>
    page.locator(selector).evaluate((link) => getComputedStyle(link).borderBlockEndColor);
  const behind = await page.evaluate("getComputedStyle(document.body).backgroundColor");
  expect(await edge(".top nav a[href='/echo']")).toBe(behind);
  expect(await edge(".top nav a[aria-current]")).not.toBe(behind);
  const ground = (selector: string) =>
    page.locator(selector).evaluate((button) => getComputedStyle(button).backgroundColor);
  expect(await ground("#_close[aria-pressed=true]")).not.toBe(await ground("#_start"));
});

test.each(["/", "/inbox", "/updates", "/chat"])("%s on paper has nothing to press", async (path) => {
  const page = await chromium.open(server.url + path);
  await opened(page);
  await publishSamples(server, await topicsOf(page));
  await page.emulateMedia({ media: "print" });
  expect(
    await page
      .locator("button:visible, input:not(.hidden, :disabled):visible, select:visible, textarea:visible")
      .count(),
  ).toBe(0);
});

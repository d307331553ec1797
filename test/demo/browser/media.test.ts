import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../../src/engine/core/json.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { topicsOf, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const publish = (name: string, ...values: Json[]) =>
  server.broker.publish(values.map((data) => ({ topic: parseTopic(name), data })));

/** A conversation that holds these, as its visitor sees it. */
async function conversation(page: Page, ...values: Json[]): Promise<void> {
  const topic = (await topicsOf(page)).find((topic) => topic.startsWith("chat/"))!;
  await publish(topic, ...values);
  await page.reload();
}

/** What is drawn before or after an element, or is its own: the colour of its background, and of what is around. */
const colours = (page: Page, selector: string, pseudo?: string) =>
  page
    .locator(selector)
    .first()
    .evaluate(
      (element, pseudo) => ({
        own: getComputedStyle(element, pseudo).backgroundColor,
        around: getComputedStyle(document.body).backgroundColor,
        edge: getComputedStyle(element, pseudo).borderTopWidth,
      }),
      pseudo,
    );

describe("in colours of the reader's own", () => {
  test("what is unread, alive or chosen, and where an answer goes on, is seen", async () => {
    const page = await chromium.open(`${server.url}/inbox`, { forcedColors: "active" });
    await publish("inbox", server.views.widgets.get("inbox")!.samples[0]!.data);
    await page.reload();
    const seen = [await colours(page, ".unread", "::before"), await colours(page, ".alive", "::before")];
    await page.goto(`${server.url}/updates`);
    seen.push(await colours(page, "[aria-current]"));
    await page.goto(`${server.url}/chat`);
    await conversation(page, { you: "Hello" }, { text: "It goes on", open: true });
    seen.push(await colours(page, ".open > p", "::after"));
    for (const { own, around } of seen) expect(own).not.toBe(around);
    expect(await contrast(page, ".say button")).toBeGreaterThan(7);
    expect((await colours(page, ".you")).edge).toBe("1px");
  });
});

describe("on paper", () => {
  const lines = Array.from({ length: 80 }, (_, i) => ({ text: `Line ${i + 1} of an answer.` }));
  /** What is not in sight though it is on the page: beyond a box that would have to be scrolled. */
  const cut = (page: Page, selector: string) =>
    page
      .locator(selector)
      .evaluateAll((boxes) => boxes.filter((box) => box.scrollHeight > box.clientHeight + 1).length);

  test("a conversation is whole, over as many pages as it takes, and without what is pressed", async () => {
    const page = await chromium.open(`${server.url}/chat`);
    await conversation(page, { you: "Hello" }, ...lines);
    expect(await cut(page, ".talk")).toBe(1);
    await page.emulateMedia({ media: "print" });
    expect(await cut(page, ".talk")).toBe(0);
    expect(await page.locator("form:visible").count()).toBe(0);
    const sheets = (await page.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/g);
    expect(sheets!.length).toBeGreaterThan(2);
  });

  test("no page has what is pressed on it", async () => {
    const page = await chromium.open(server.url);
    await page.emulateMedia({ media: "print" });
    for (const path of ["/", "/random", "/updates", "/inbox", "/echo"]) {
      await page.goto(server.url + path);
      expect(await page.locator("form:visible").count(), path).toBe(0);
    }
  });

  test("a list is whole, and dark is light", async () => {
    const page = await chromium.open(server.url, { colorScheme: "dark" });
    await publish("feed", ...lines.slice(0, 50));
    await page.reload();
    expect(await cut(page, ".newest")).toBeGreaterThan(0);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await cut(page, ".newest, .scroll")).toBe(0);
    expect(await page.locator("#feed li:visible").count()).toBe(50);
    expect(await contrast(page, "#feed li p")).toBeGreaterThan(10);
    expect(await page.evaluate("getComputedStyle(document.querySelector('#feed li p')).color")).toBe("rgb(27, 35, 33)");
  });
});

describe.each(["light", "dark"] as const)("with more contrast, in %s", (colorScheme) => {
  test("no text is quiet", async () => {
    const page = await chromium.open(server.url, { colorScheme, contrast: "more" });
    for (const name of ["price", "gauge", "feed", "vitals"]) {
      await publish(name, server.views.widgets.get(name)!.samples[0]!.data);
    }
    await page.reload();
    for (const selector of [
      ".lead",
      ".top nav a",
      ".alive",
      ".label",
      ".change.up",
      ".chart-value",
      ".entry time",
      ".facts dt",
    ]) {
      expect(await contrast(page, selector), selector).toBeGreaterThan(7);
    }
  });
});

/** WCAG's ratio of a text's colour to what is behind it. */
function contrast(page: Page, selector: string): Promise<number> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const luminance = (colour: string) => {
        const [r, g, b] = colour.match(/[\d.]+/g)!.map((part) => {
          const value = Number(part) / 255;
          return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      };
      let behind = element;
      while (/^rgba\(.* 0\)$/.test(getComputedStyle(behind).backgroundColor) && behind.parentElement !== null) {
        behind = behind.parentElement;
      }
      const both = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(luminance);
      return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    });
}

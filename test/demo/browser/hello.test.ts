import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { delivered, opened, shows, streamed, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const publish = (idx: unknown) => server.broker.publish([{ topic: parseTopic("hello"), data: { idx } as never }]);

test("the box is swapped on every message, HTML and all", async () => {
  const page = await chromium.open(`${server.url}/widgets/hello`);
  await opened(page);
  for (const idx of [1, 2, 3]) {
    const { message } = await streamed(page);
    await publish(idx);
    await shows(page, "#hello", `This is ${idx}`);
    await delivered(page, message + 1);
    expect(await page.locator("#hello .figure").innerHTML()).toBe(`This is <b>${idx}</b>`);
  }
  await publish("<i>not markup</i>");
  await shows(page, "#hello b", "<i>not markup</i>");
  expect(await page.locator("#hello i").count()).toBe(0);
});

test("a new box arrives with a movement, and with none for who wants none", async () => {
  for (const [reducedMotion, name] of [
    ["no-preference", "arrive"],
    ["reduce", "none"],
  ] as const) {
    const page = await chromium.open(`${server.url}/widgets/hello`, { reducedMotion });
    await opened(page);
    await publish(reducedMotion);
    await shows(page, "#hello b", reducedMotion);
    expect(await page.locator("#hello b").evaluate((b) => getComputedStyle(b).animationName)).toBe(name);
  }
});

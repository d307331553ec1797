import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { every } from "../../src/engine/sources/every.ts";
import { inspector } from "../../src/inspector/feature.ts";
import { AWAY, eventually, opened, screenshot, shows, useChromium } from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";

/** How long it answers 503 here. */
const REFUSING_MS = 1_000;

let server: TestServer;
let ticks = 0;
beforeEach(async () => {
  server = await start({
    views: templates({ "pages/beside.eta": '<h1>Beside</h1><%~ live("feed") %><%~ live("clock") %>' }),
    config: { development: true },
    features: [inspector(true, { everyMs: 100, refusingMs: REFUSING_MS })],
    sources: { clock: every(50, () => ({ time: String(++ticks) })) },
  });
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const publish = (text: string) => server.broker.publish([{ topic: parseTopic("feed"), data: text }]);

test("shows what happens beside it, and publishes what is written there, or says what to mend", async () => {
  const beside = await chromium.open(`${server.url}/beside`);
  await opened(beside);
  const page = await chromium.open(`${server.url}/inspector`);
  await opened(page);
  await shows(page, "#topics th", "clock");
  await page.getByRole("textbox", { name: "Topic" }).fill("fed");
  await page.getByRole("textbox", { name: "JSON" }).fill('"from the inspector"');
  chromium.allow(/422/);
  await page.getByRole("button", { name: "Publish" }).click();
  await shows(page, ".refused", "Did you mean “feed”?");
  await page.getByRole("textbox", { name: "Topic" }).fill("feed");
  await page.getByRole("button", { name: "Publish" }).click();
  await shows(beside, "#feed li", "from the inspector");
  await shows(page, "#fragments summary", /feed.*1 reader/);
  await page.locator("#fragments summary", { hasText: "feed" }).click();
  await shows(page, "#fragments pre", "<hx-partial id=feed ");
  // And looks as it should on a phone and on a desk, for those who look.
  await publish(`a long one ${"x".repeat(500)}`);
  await shows(page, "#topics .value", "a long one");
  for (const width of [320, 390, 900, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate("document.documentElement.scrollWidth"), `at ${width}`).toBeLessThanOrEqual(width);
  }
  expect(await screenshot(page, "inspector")).toHaveLength(4);
});

test("a page beside it heals from each of its faults, and it is spared itself", async () => {
  const beside = await chromium.open(`${server.url}/beside`);
  await opened(beside);
  const page = await chromium.open(`${server.url}/inspector`);
  await opened(page);

  await page.getByRole("button", { name: "Cut all streams" }).click();
  await shows(page, "#faults", "1 stream was cut");
  await publish("while it was cut");
  await opened(beside, 2);
  await shows(beside, "#feed li", "while it was cut");

  chromium.allow(...AWAY); // of the page beside alone, as the requests of the other tell
  await page.getByRole("button", { name: "Answer 503" }).click();
  await shows(page, "#faults", "Answers 503 until");
  await publish("while it answered 503");
  await shows(beside, "#feed li", "while it answered 503");
  await shows(page, "#faults", "No fault is under way");

  await page.getByRole("button", { name: "Stop clock" }).click();
  await shows(page, "#sources", "stopped here");
  const stopped = ticks;
  await publish("while its clock stood still");
  await shows(beside, "#feed li", "while its clock stood still");
  await page.getByRole("button", { name: "Start clock" }).click();
  await eventually(
    async () => Number(await beside.locator("#clock time").textContent()),
    (shown) => shown > stopped + 1,
  );
  const own = server.requests.filter((request) => request.startsWith("GET /inspector/events"));
  expect(own).toHaveLength(1);
});

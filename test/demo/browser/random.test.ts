/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { every } from "../../../src/engine/sources/every.ts";
import { eventually, opened, shows, streamed, useChromium } from "../../support/browser.ts";
import { FaultyProxy } from "../../support/proxy.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
let address: string;
/** The newest that any source has made. */
let value: number;

beforeEach(async () => {
  // Each value is one more than the last, so that one that is missing, doubled or brought back is seen.
  value = 0;
  server = await start({ heartbeatMs: 1_500, sources: { random: () => every(40, () => ({ value: ++value })) } });
  address = `${server.url}/random`;
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const press = (page: Page, name: string) => page.getByRole("button", { name }).click();
const says = (page: Page, text: string | RegExp) => shows(page, "#_state", text);
const values = async (page: Page) => (await page.locator(".value b").allTextContents()).map(Number);
const moreThan = (page: Page, n: number) =>
  eventually(
    () => values(page),
    (all) => Math.max(0, ...all) > n,
  );
const newest = async (page: Page) => (await values(page)).at(-1)!;
const streams = () => server.requests.filter((request) => request.startsWith("GET /events")).length;
const ascending = (all: number[]) => all.every((value, i) => i === 0 || value === all[i - 1]! + 1);

/** The topic of the visitor who looks at the page. */
async function topicOf(page: Page) {
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const answer = await fetch(`${address}?running=true`, { headers: { cookie } });
  return parseTopic(`random/${/regions=random%2F([\w-]{22})/.exec(await answer.text())![1]}`);
}

describe("Start", () => {
  test("opens the stream, and the values come; before it the page is closed, and no source runs", async () => {
    const page = await chromium.open(address);
    await says(page, "Closed");
    expect(value).toBe(0);
    expect(streams()).toBe(0);
    await press(page, "Start");
    await says(page, "Running");
    expect(ascending(await moreThan(page, 5))).toBe(true);
    expect(server.broker.size).toBe(1);
  });

  test("is not forgotten by a reload, nor is Close", async () => {
    const page = await chromium.open(address);
    await press(page, "Start");
    await moreThan(page, 3);
    await page.reload();
    await says(page, "Running");
    await moreThan(page, (await newest(page)) + 5);
    await press(page, "Close");
    await says(page, "Closed");
    await page.reload();
    await says(page, "Closed");
    expect(await page.evaluate(() => location.pathname + location.search)).toBe("/random");
  });

  test("twice is harmless: one stream, and no value twice", async () => {
    const page = await chromium.open(address);
    await press(page, "Start");
    await moreThan(page, 3);
    await press(page, "Start");
    await eventually(
      () => server.requests.filter((request) => request === "POST /actions/random/start").length,
      (n) => n === 2,
    );
    expect(ascending(await moreThan(page, (await newest(page)) + 5))).toBe(true);
    expect(streams()).toBe(1);
    expect(server.broker.size).toBe(1);
  });
});

describe("Close", () => {
  test("closes: the server sees it go, what is shown stays, and nothing is called stale", async () => {
    const page = await chromium.open(address);
    await press(page, "Start");
    await moreThan(page, 3);
    await press(page, "Close");
    await says(page, "Closed");
    await eventually(
      () => server.broker.size,
      (size) => size === 0,
    );
    const shown = await values(page);
    expect(shown.length).toBeGreaterThan(3);
    expect(await page.locator("#_pulse").textContent()).toBe("");
    // And for another of this visitor's tabs it goes on, without anything of it coming here.
    const tab = await page.context().newPage();
    await tab.goto(address);
    await press(tab, "Start");
    await moreThan(tab, shown.at(-1)! + 5);
    expect(await values(page)).toEqual(shown);
  });

  test("and nobody looks: the source stops", async () => {
    const page = await chromium.open(address);
    await press(page, "Start");
    await moreThan(page, 1);
    const topic = await topicOf(page);
    await press(page, "Close");
    await eventually(
      () => server.sources.isRunning(topic),
      (running) => !running,
      15_000,
    );
    // A page that is only painted does not start it.
    await page.reload();
    await says(page, "Closed");
    expect((await values(page)).length).toBeGreaterThan(0);
    expect(server.sources.isRunning(topic)).toBe(false);
  });

  test("then Start: the page has what came meanwhile, too", async () => {
    const page = await chromium.open(address);
    await press(page, "Start");
    await moreThan(page, 3);
    await press(page, "Close");
    await says(page, "Closed");
    const last = await newest(page);
    await press(page, "Start");
    const all = await moreThan(page, last + 5);
    expect(ascending(all)).toBe(true);
    expect(all[0]).toBe(1);
  });
});

describe("Clean", () => {
  test("while it runs takes away what was there, for good: no reload and no reconnect brings it back", async () => {
    chromium.allow(/ERR_/, /object Event/); // the cut connection
    const proxy = await FaultyProxy.open(server.port);
    const page = await chromium.open(`${proxy.origin}/random`);
    await press(page, "Start");
    await moreThan(page, 10);
    const before = await newest(page);
    await press(page, "Clean");
    await says(page, "Cleaned");
    const cleaned = (all: number[]) => all.length > 0 && all.every((value) => value > before);
    await eventually(() => values(page), cleaned);
    proxy.reset();
    await opened(page, 2);
    expect(cleaned(await moreThan(page, before + 20))).toBe(true);
    await page.reload();
    expect(cleaned(await values(page))).toBe(true);
    await press(page, "Start");
    expect(cleaned(await moreThan(page, before + 30))).toBe(true);
    await proxy.close();
  });

  test("after Close empties the box, which no stream could do", async () => {
    const page = await chromium.open(address);
    await press(page, "Start");
    await moreThan(page, 5);
    await press(page, "Close");
    await says(page, "Closed");
    await eventually(
      () => server.broker.size,
      (size) => size === 0,
    );
    await press(page, "Clean");
    await says(page, "Cleaned");
    expect(await values(page)).toEqual([]);
    await page.getByText("Nothing yet.").waitFor();
    // Its source stopped with the stream: it would have said something since.
    await page.reload();
    await says(page, "Closed");
    expect(await values(page)).toEqual([]);
  });
});

test("of buttons pressed faster than they are answered the last one counts, and one stream is open", async () => {
  chromium.allow(/sendAbort|afterRequest/); // of those before it
  const page = await chromium.open(address);
  await page.evaluate(() => {
    const { document } = globalThis as unknown as { document: { getElementById(id: string): { click(): void } } };
    for (const id of ["_start", "_close", "_start", "_start"]) document.getElementById(id).click();
  });
  await says(page, "Running");
  await moreThan(page, 3);
  await eventually(
    () => server.broker.size,
    (size) => size === 1,
  );
});

test("works by keyboard, and keeps the focus where it was", async () => {
  const page = await chromium.open(address);
  const focused = () => page.evaluate("document.activeElement.id");
  await page.locator("#_start").focus();
  await page.keyboard.press("Enter");
  await says(page, "Running");
  expect(await focused()).toBe("_start");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await says(page, "Closed");
  expect(await focused()).toBe("_close");
});

test("the box sticks to the newest value, unless its reader has scrolled up", async () => {
  const page = await chromium.open(address, { viewport: { width: 800, height: 700 } });
  await press(page, "Start");
  await moreThan(page, 30);
  const box = page.locator(".newest");
  /** How far the box is from its end, and where in it the oldest value is. */
  const place = () =>
    box.evaluate((element) => {
      const box = element.getBoundingClientRect();
      const items = element.querySelectorAll(".value");
      const last = items[items.length - 1]!.getBoundingClientRect();
      return { beyond: last.bottom - box.bottom, first: items[0]!.getBoundingClientRect().top - box.top };
    });
  expect((await place()).beyond).toBeLessThanOrEqual(0);
  await box.evaluate((element) => element.scrollBy(0, -600));
  const { first } = await place();
  await moreThan(page, (await newest(page)) + 10);
  expect(Math.abs((await place()).first - first)).toBeLessThan(1);
  expect((await place()).beyond).toBeGreaterThan(0);
});

test("each visitor has a stream of their own, and all tabs of one visitor share it", async () => {
  const page = await chromium.open(address);
  const other = await chromium.open(address);
  const tab = await page.context().newPage();
  await tab.goto(address);
  await press(page, "Start");
  await press(tab, "Start");
  await press(other, "Start");
  for (const each of [page, tab, other]) await moreThan(each, 5);
  expect(await topicOf(page)).toBe(await topicOf(tab));
  const [mine, theirs] = [await values(page), await values(other)];
  expect(mine.filter((value) => theirs.includes(value))).toEqual([]);
  expect(await values(tab)).toEqual(expect.arrayContaining(mine));
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(["visitor", "visitor.sig"]);
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
});

test("a cut connection comes back by itself, with nothing lost and nothing doubled", async () => {
  chromium.allow(/ERR_/, /object Event/);
  const proxy = await FaultyProxy.open(server.port);
  const page = await chromium.open(`${proxy.origin}/random`);
  await press(page, "Start");
  await moreThan(page, 5);
  proxy.reset();
  await eventually(
    async () => (await streamed(page)).open,
    (open) => open === 2,
  );
  expect(ascending(await moreThan(page, (await newest(page)) + 5))).toBe(true);
  await proxy.close();
});

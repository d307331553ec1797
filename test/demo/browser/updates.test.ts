import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Views } from "../../../src/engine/views/views.ts";
import { opened, shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;

beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
afterEach(() => vi.restoreAllMocks());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const open = async (query: string) => {
  const page = await chromium.open(`${server.url}/updates${query}`);
  await opened(page);
  return page;
};
const publish = (data: unknown) =>
  fetch(`${server.url}/publish/updates`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(data),
  });
const shown = async (page: Page) => (await page.locator("li.entry").allTextContents()).map((text) => text.trim());

test("tabs with different queries see what they asked for, rendered once for each distinct params", async () => {
  await publish({ from: "Ada", text: "already there", friend: true });
  const all = await open("");
  const same = await open("?friends=false&format=brief");
  const friends = await open("?friends=true&format=detailed");
  const render = vi.spyOn(Views.prototype, "fragment");
  await publish({ from: "Charles", text: "from a stranger", friend: false });
  await publish({ from: "Ada", text: "from a friend", friend: true });
  for (const page of [all, same, friends]) await shows(page, "li.entry", "from a friend");
  expect(await shown(all)).toEqual(["Adaalready there", "Charlesfrom a stranger", "Adafrom a friend"]);
  expect(await shown(same)).toEqual(await shown(all));
  const [, only, ...more] = await shown(friends);
  expect(more).toEqual([]);
  expect(only).toMatch(/^\d\d:\d\d:\d\d UTC\s+Ada friend\s+from a friend$/);
  // Once for each of two values and two distinct params, after a trial of each value without any.
  const params = render.mock.calls.map(([region]) => JSON.stringify(region.params)).sort();
  const [brief, detailed] = ['{"format":"brief","friends":"false"}', '{"format":"detailed","friends":"true"}'];
  expect(params).toEqual([brief, brief, detailed, detailed, "{}", "{}"]);
});

test("links switch, and say which is chosen", async () => {
  await publish({ from: "Charles", text: "from a stranger" });
  await publish({ from: "Ada", text: "from a friend", friend: true });
  const page = await open("");
  expect(await shown(page)).toHaveLength(2);
  await page.getByRole("link", { name: "Friends" }).click();
  await page.getByRole("link", { name: "Detailed" }).click();
  await page.locator("li.detailed").waitFor();
  expect(await shown(page)).toHaveLength(1);
  expect(new URL(page.url()).search).toBe("?friends=true&format=detailed");
  expect(await page.locator("a[aria-current=true]").allTextContents()).toEqual(["Friends", "Detailed"]);
});

test("a query with an unknown value is 400, and says which are known", async () => {
  const response = await fetch(`${server.url}/updates?friends=true&format=fancy`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: "query_invalid",
    title: expect.stringMatching(/brief or detailed/),
  });
});

test("the form posts an update, is empty for the next one, and says what is missing", async () => {
  chromium.allow(/422/);
  const page = await open("?friends=true&format=brief");
  await page.getByLabel("Name").fill("Grace");
  await page.getByLabel("Update", { exact: true }).fill("It compiles.");
  await page.getByLabel("A friend of yours").check();
  await page.getByRole("button", { name: "Post" }).click();
  await shows(page, "li.entry", "It compiles.");
  await expect.poll(() => page.getByLabel("Update", { exact: true }).inputValue()).toBe("");
  await page.getByLabel("Name").fill("Grace");
  await page.getByLabel("Update", { exact: true }).fill("  ");
  await page.getByRole("button", { name: "Post" }).click();
  await page.getByText("The update is empty.").waitFor();
});

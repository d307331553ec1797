import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRegion } from "../../src/engine/core/region.ts";
import { parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import { normalised, normalisedHtml, opened, shows, streamed, useChromium } from "../support/browser.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { start, type TestServer, templates } from "../support/server.ts";

let server: TestServer;

beforeEach(async () => {
  server = await start({
    views: templates({
      "widgets/x.eta": "<p><%= data.text %></p>",
      "widgets/row.eta": '---\nkind: log\nelement: tbody\nkeep: 3\n---\n<tr id="<%= id %>"><td><%= data %></td></tr>',
      "pages/one.eta": '<h1>One</h1><%~ live("feed") %><%~ live("x") %><table><%~ live("row") %></table>',
    }),
  });
});
afterEach(() => server.close());
const chromium = useChromium();

const publish = (topic: string, data: unknown) =>
  fetch(`${server.url}/publish/${topic}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(data),
  });

test("what curl publishes shows on every open page, which has one stream", async () => {
  const pages = await Promise.all([1, 2, 3].map(() => chromium.open(server.url)));
  expect((await publish("feed", { text: "hi" })).status).toBe(201);
  for (const page of pages) {
    await page.getByText("hi", { exact: true }).waitFor();
    expect(await page.locator("#feed > li").count()).toBe(1);
    expect((await streamed(page)).open).toBe(1);
  }
  expect(server.broker.size).toBe(3);
});

test("a template dropped into the folder is live, with no TypeScript at all", async () => {
  const page = await chromium.open(`${server.url}/one`);
  await publish("x", { text: "<b>not bold</b>" });
  await page.getByText("<b>not bold</b>").waitFor();
});

test("the form on the page publishes and clears itself; an empty one says what is missing", async () => {
  chromium.allow(/422/); // Chromium logs every refused request
  const page = await chromium.open(server.url);
  const field = page.locator('[name="text"]').first();
  await field.fill("from the form");
  await field.press("Enter");
  await shows(page, "#feed", "from the form");
  await expect.poll(() => field.inputValue()).toBe("");
  await field.fill("   ");
  await field.press("Enter");
  await page.getByText("Write something first.").waitFor();
});

test("first paint and stream show the same, and nothing is lost or doubled while publishing through the load", async () => {
  let n = 0;
  let stop = false;
  const publishing = (async () => {
    for (; !stop; await new Promise((resolve) => setTimeout(resolve, 1))) await publish("row", ++n);
  })();
  const pages = [];
  for (let i = 0; i < 5; i++) pages.push(await chromium.open(`${server.url}/one`));
  stop = true;
  await publishing;
  await publish("feed", "last");
  for (const page of pages) {
    await shows(page, "#feed", "last");
    expect(await normalised(page, "#row")).toBe(normalisedHtml(await server.broker.html(parseRegion("row"))));
    expect(await normalised(page, "#feed")).toBe(normalisedHtml(await server.broker.html(parseRegion("feed"))));
  }
});

test("table rows are appended, replaced in place, evicted and removed", async () => {
  const page = await chromium.open(`${server.url}/one`);
  const row = parseTopic("row");
  const named = (data: string, item: string) => server.broker.publish([{ topic: row, data, item: parseItem(item) }]);
  for (const item of ["a", "b/ü", "c", "d"]) await named(`${item} 1`, item);
  await named("c 2", "c");
  const cells = () => page.locator("#row td").allTextContents();
  await expect.poll(cells).toEqual(["b/ü 1", "c 2", "d 1"]);
  await server.broker.remove(row, parseItem("b/ü"));
  await expect.poll(cells).toEqual(["c 2", "d 1"]);
  await server.broker.clear(row);
  await expect.poll(() => page.locator("#row").textContent()).toMatch(/waiting/i);
});

test("a stream that is cut comes back by itself, with exactly what it missed", async () => {
  chromium.allow(/ERR_CONNECTION_RESET/, /object Event/); // the cut itself
  const proxy = await FaultyProxy.open(server.port);
  const page = await chromium.open(`${proxy.origin}/one`);
  await opened(page);
  for (const text of ["one", "two"]) await publish("feed", text);
  await shows(page, "#feed", "two");
  await page
    .locator("#feed > li")
    .first()
    .evaluate((item) => item.setAttribute("data-kept", ""));
  proxy.reset();
  await publish("feed", "three");
  await shows(page, "#feed", "three");
  expect(await page.locator("#feed > li").count()).toBe(3);
  expect(await page.locator("#feed > li[data-kept]").count()).toBe(1); // added to, not reset
  await page.close();
  await proxy.close();
});

test("a page asks for another topic, and it joins the one stream", async () => {
  const page = await chromium.open(`${server.url}/one`);
  await opened(page);
  await page.evaluate(async () => {
    const { htmx } = globalThis as unknown as { htmx: { ajax(verb: string, url: string, to: object): Promise<void> } };
    const present = document.querySelector<HTMLInputElement>("#_regions")!.value;
    const url = `/join?_regions=${encodeURIComponent(present)}&region=clock`;
    await htmx.ajax("GET", url, { target: "h1", swap: "afterend" });
  });
  await page.locator("#clock").waitFor();
  await publish("clock", { time: "01:02:03" });
  await publish("feed", "still here");
  await shows(page, "#clock", "01:02:03");
  await shows(page, "#feed", "still here");
  await expect.poll(() => server.broker.size).toBe(1);
});

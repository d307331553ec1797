import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseTopic, secretSegment } from "../../../src/engine/core/topic.ts";
import { cookiesOf } from "../../support/cookies.ts";
import { LoadedPage } from "../../support/loaded-page.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
let cookie: string;
let visitor: string;
let list: string;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());
beforeEach(async () => {
  cookie = cookiesOf(await fetch(`${server.url}/random`));
  const running = await fetch(`${server.url}/random?running=true`, { headers: { cookie } });
  const page = new LoadedPage(server, await running.text(), cookie);
  visitor = page.regions.slice("random/".length);
  list = page.list;
});

const CLOSED = "/random";
const RUNNING = "/random?running=true";
const mine = () => parseTopic(`random/${visitor}`);
const press = (button: string, at: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/actions/random/${button}`, {
    method: "POST",
    body: new URLSearchParams({ _regions: at === RUNNING ? list : "" }),
    headers: { "hx-request": "true", "hx-current-url": server.url + at, cookie, ...headers },
    redirect: "manual",
  });
const answer = async (button: string, at: string) => (await press(button, at)).text();
const stream = (html: string) => /<div id="_stream"[\s\S]*/.exec(html)?.[0];

test("Start opens the page's one stream, with the visitor's topic", async () => {
  const html = await answer("start", CLOSED);
  expect(html).toContain("Running");
  expect(html).toContain(`sse-connect="/events?regions=random%2F${visitor}&amp;seal=`);
  expect(html).toContain('hx-swap-oob="true"');
});

test("Start where it runs, and Close where it is closed, leave the stream alone", async () => {
  expect(stream(await answer("start", RUNNING))).toBeUndefined();
  expect(stream(await answer("close", CLOSED))).toBeUndefined();
});

test("Close leaves no stream where nothing else is shown, and no sign of one", async () => {
  const html = await answer("close", RUNNING);
  expect(html).toContain("Closed");
  expect(stream(html)).toMatch(/^<div id="_stream" hx-swap-oob="true"><input [^>]*value=""/);
  expect(html).toContain("<hx-partial id=_pulse hx-swap=innerHTML></hx-partial>");
});

describe("Clean", () => {
  test("empties the visitor's topic, and says so", async () => {
    await server.broker.publish([{ topic: mine(), data: { value: 1 } }]);
    const html = await answer("clean", CLOSED);
    expect(html).toContain("Cleaned: the values of before are gone.");
    expect(html).toContain("Nothing yet.");
    expect(await server.broker.latest(mine())).toBeUndefined();
    const running = await press("clean", RUNNING);
    expect(running.headers.get("hx-replace-url")).toBe("/random?running=true&cleaned=true");
  });

  test("does not touch what is another visitor's, whatever the request says", async () => {
    const theirs = parseTopic(`random/${secretSegment()}`);
    await server.broker.publish([{ topic: theirs, data: { value: 1 } }]);
    await fetch(`${server.url}/actions/random/clean`, {
      method: "POST",
      body: new URLSearchParams({ _regions: theirs, topic: theirs }),
      headers: { "hx-request": "true", cookie },
    });
    expect(await server.broker.latest(theirs)).toEqual({ value: 1 });
  });

  test("without the cookie says what to do", async () => {
    const response = await press("clean", CLOSED, { cookie: "" });
    expect([response.status, await response.text()]).toEqual([422, expect.stringContaining("Load the page again.")]);
  });
});

test.each([
  ["start", CLOSED, RUNNING],
  ["close", RUNNING, CLOSED],
  ["clean", CLOSED, "/random?cleaned=true"],
  ["clean", RUNNING, "/random?running=true&cleaned=true"],
])("%s without htmx leads from %s to %s", async (button, at, to) => {
  const response = await press(button, at, { "hx-request": "", "hx-current-url": "", referer: server.url + at });
  expect([response.status, response.headers.get("location")]).toEqual([303, to]);
});

test("regions that cannot be are refused", async () => {
  const body = new URLSearchParams({ _regions: "\0" });
  const headers = { "hx-request": "true", "hx-current-url": server.url + CLOSED, cookie };
  expect((await fetch(`${server.url}/actions/random/start`, { method: "POST", body, headers })).status).toBe(400);
});

test("a page is painted closed, with what the topic holds, and without a stream", async () => {
  await server.broker.publish([{ topic: mine(), data: { value: 12.5 } }]);
  const html = await (await fetch(`${server.url}/random`, { headers: { cookie } })).text();
  expect(html).toContain("12.50");
  expect(html).toContain("Closed");
  expect(html).not.toContain("sse-connect");
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { parseTopic, secretSegment } from "../../../src/engine/core/topic.ts";
import { cookiesOf } from "../../support/cookies.ts";
import type { TestServer } from "../../support/server.ts";
import { start } from "../server.ts";

let server: TestServer;
let cookie: string;
let visitor: string;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());
beforeEach(async () => {
  cookie = cookiesOf(await fetch(`${server.url}/random`));
  [, visitor] = /regions=random%2F([\w-]{22})/.exec(await answer("start", ""))! as unknown as [string, string];
});

const mine = () => parseTopic(`random/${visitor}`);
const press = (button: string, regions: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/random/${button}`, {
    method: "POST",
    body: new URLSearchParams({ regions }),
    headers: { "hx-request": "true", cookie, ...headers },
    redirect: "manual",
  });
const answer = async (button: string, regions: string) => (await press(button, regions)).text();
const stream = (html: string) => /<div id="_stream"[\s\S]*/.exec(html)?.[0];

describe("Start", () => {
  test("opens the page's one stream again, with the visitor's topic, and without a cursor", async () => {
    const html = await answer("start", "feed");
    expect(html).toContain("Running");
    expect(html).toContain(`sse-connect="/events?regions=feed,random%2F${visitor}"`);
    expect(html).toContain('hx-swap-oob="true"');
  });

  test("where it runs leaves the stream alone", async () => {
    const html = await answer("start", `feed,${mine()}`);
    expect(html).toContain("Running");
    expect(stream(html)).toBeUndefined();
  });
});

describe("Close", () => {
  test("opens the stream again for what else the page shows", async () => {
    const html = await answer("close", `feed,${mine()}`);
    expect(html).toContain("Closed");
    expect(html).toContain('sse-connect="/events?regions=feed"');
  });

  test("where nothing else is shown leaves no stream, and no sign of one", async () => {
    const html = await answer("close", mine());
    expect(stream(html)).toMatch(/^<div id="_stream" hx-swap-oob="true"><input [^>]*value=""/);
    expect(html).toContain('<hx-partial hx-target="#_pulse" hx-swap="innerHTML"></hx-partial>');
  });

  test("where it is closed changes nothing", async () => {
    expect(stream(await answer("close", "feed"))).toBeUndefined();
  });
});

describe("Clean", () => {
  test("empties the visitor's topic, and the box of a page that no stream tells", async () => {
    await server.broker.publish([{ topic: mine(), data: { value: 1 } }]);
    const html = await answer("clean", "");
    expect(html).toContain(`hx-target="#${parseRegion(mine()).id}" hx-swap="innerHTML"`);
    expect(html).toContain("Nothing yet.");
    expect(await server.broker.latest(mine())).toBeUndefined();
  });

  test("says nothing into a page that is live, since its stream does, in order", async () => {
    expect(await answer("clean", mine())).not.toContain(parseRegion(mine()).id);
  });

  test("does not touch what is another visitor's, whatever the request says", async () => {
    const theirs = parseTopic(`random/${secretSegment()}`);
    await server.broker.publish([{ topic: theirs, data: { value: 1 } }]);
    await press("clean", theirs);
    expect(await server.broker.latest(theirs)).toEqual({ value: 1 });
  });
});

describe.each(["start", "close", "clean"])("%s", (button) => {
  test("is refused to a page of another site", async () => {
    const response = await press(button, "", { origin: "https://evil.example" });
    expect(response.status).toBe(403);
  });

  test("without the cookie says what to do", async () => {
    const response = await press(button, "", { cookie: "" });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain("Load the page again.");
    const bare = await press(button, "", { cookie: "", "hx-request": "" });
    expect(await bare.json()).toMatchObject({ code: "visitor_unknown" });
  });

  test("without htmx leads back to the page", async () => {
    const response = await press(button, "", { "hx-request": "" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(button === "start" ? "/random?running=true" : "/random");
    const referer = `${server.url}/random?running=true`;
    const running = await press(button, "", { "hx-request": "", referer });
    expect(running.headers.get("location")).toBe(button === "close" ? "/random" : "/random?running=true");
  });

  test("refuses regions that cannot be", async () => {
    expect((await press(button, "feed?,")).status).toBeLessThan(500);
    expect((await press(button, "\0")).status).toBe(400);
  });
});

test("a page is painted closed, with what the topic holds, and without a stream", async () => {
  await server.broker.publish([{ topic: mine(), data: { value: 12.5 } }]);
  const html = await (await fetch(`${server.url}/random`, { headers: { cookie } })).text();
  expect(html).toContain("12.50");
  expect(html).toContain("Closed");
  expect(html).not.toContain("sse-connect");
});

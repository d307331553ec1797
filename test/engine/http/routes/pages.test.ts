import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseRegion } from "../../../../src/engine/core/region.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "pages/rooms/index.eta": "<h1>Rooms</h1>",
    "pages/rooms/list.eta": '---\nquery:\n  sort: [up, down]\n---\n<h1>List <%= query.sort %></h1><%~ live("feed") %>',
    "pages/broken.eta": "---\nquery:\n  more: [true]\n---\n<% if (query.more) { %><%= nothing.at.all %><% } %>",
  });
  server = await start({ views });
});
afterAll(() => server.close());

describe("a page", () => {
  test.each([
    ["/", "<h1>First page</h1>"],
    ["/rooms", "<h1>Rooms</h1>"],
    ["/rooms/list", "<h1>List </h1>"],
    ["/rooms/list?sort=up&utm_source=x", "<h1>List up</h1>"],
  ])("is at its template's path: %s", async (path, part) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toContain(part);
  });

  test.each(["/index", "/rooms/", "/Rooms", "/layout", "/pages/index", "/rooms/%2e%2e/index", "/brooklet/_widget"])(
    "is not at %s",
    async (path) => expect((await fetch(server.url + path)).status).toBe(404),
  );

  test("refuses a query that its front matter does not know", async () => {
    const response = await fetch(`${server.url}/rooms/list?sort=sideways`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "query_invalid" });
  });

  test("that throws is 500, and only the log knows the line", async () => {
    const response = await fetch(`${server.url}/broken?more=true`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/nothing|broken/);
    expect(String(server.errors.at(-1))).toContain("broken.eta:5");
  });

  test("opens its stream where its HTML ends: what comes in between is the stream's first event", async () => {
    const feed = parseTopic("feed");
    await server.broker.publish([{ topic: feed, data: "before" }]);
    const html = await (await fetch(`${server.url}/rooms/list`)).text();
    expect(html).toContain("before");
    const path = /sse-connect="([^"]+)"/.exec(html)![1]!.replaceAll("&amp;", "&");
    await server.broker.publish([{ topic: feed, data: "between" }]);
    const raw = new Raw(server.port).send(`GET ${path} HTTP/1.1`, "Host: localhost", "", "");
    const text = await raw.until("between");
    raw.socket.destroy();
    expect(text.match(/between/g)).toHaveLength(1);
  });

  test("waits for its source's first value", async () => {
    const slow = await start({
      sources: {
        counter: async function* () {
          await turnOfTheLoop();
          yield { count: 41_234 };
        },
      },
    });
    const html = await (await fetch(slow.url)).text();
    await slow.close();
    expect(html).toContain("41,234");
  });
});

describe("GET /join", () => {
  const join = (query: string) => fetch(`${server.url}/join?${query}`, { headers: { "hx-request": "true" } });

  test("brings the new region, filled, and a stream for all of them that begins afresh", async () => {
    await server.broker.publish([{ topic: parseTopic("counter"), data: { count: 7 } }]);
    const html = await (await join("_regions=feed&region=counter")).text();
    expect(html).toContain('<div id="counter"');
    expect(html).toContain(await server.broker.html(parseRegion("counter")));
    expect(html).toContain('sse-connect="/events?regions=feed,counter"');
    expect(html).not.toContain("cursor=");
    expect(html).not.toContain('id="feed"');
  });

  test("brings nothing where the page has the region", async () => {
    const response = await join("_regions=feed,counter&region=counter");
    expect(response.status).toBe(204);
  });

  test.each([
    ["no new region", "_regions=feed", 400, "region_invalid"],
    ["an unknown region", "_regions=feed&region=fed", 404, "topic_unknown"],
    ["a malformed region", "_regions=feed&region=%00", 400, "topic_invalid"],
  ])("is refused with %s", async (_, query, status, code) => {
    const response = await join(query);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });
});

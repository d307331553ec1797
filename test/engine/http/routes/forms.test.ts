import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { SITE_VIEWS } from "../../../support/folders.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start({ views: SITE_VIEWS });
});
afterEach(() => server.close());

const PATHS = [
  "/feed",
  "/updates",
  "/inbox",
  "/inbox/read",
  "/echo",
  "/random/start",
  "/random/close",
  "/random/clean",
  "/chat",
  "/chat/stop",
  "/chat/retry",
  "/chat/new",
];
const send = (path: string, headers: Record<string, string> = {}, body: Record<string, string> = { text: "x" }) =>
  fetch(server.url + path, { method: "POST", body: new URLSearchParams(body), headers, redirect: "manual" });
const HTMX = { "hx-request": "true" };
const PERSON = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

test("400 forms that one address sends at once: some are taken, and the others are told to wait", async () => {
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let i = 0; i < 20; i++) {
        const response = await send("/feed", HTMX);
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        const text = await response.text();
        if (response.status !== 429) continue;
        expect(text).toMatch(/<p class="refused">Your address has sent too much at once\. Try again in \d+ s\.<\/p>/);
        expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      }
    }),
  );
  expect([...statuses.keys()].sort()).toEqual([200, 429]);
  expect(statuses.get(429)).toBeGreaterThan(statuses.get(200)!);
  const { values } = await server.broker.record(parseTopic("feed"));
  expect(values.size).toBeLessThanOrEqual(statuses.get(200)!);
});

test("the limit is of all forms, of one address, and of programs' publishing not at all", async () => {
  const from = { "x-forwarded-for": "198.51.100.1", ...HTMX };
  let status = 0;
  for (let i = 0; i < 500 && status !== 429; i++) ({ status } = await send("/feed", from));
  expect(status).toBe(429);
  expect((await send("/updates", from)).status).toBe(429);
  expect((await send("/feed", { ...from, "x-forwarded-for": "198.51.100.2" })).status).toBe(200);
  const publish = await fetch(`${server.url}/publish`, {
    method: "POST",
    headers: { "x-forwarded-for": "198.51.100.1", "content-type": "application/json" },
    body: "1",
  });
  expect(publish.status).toBe(201);
});

describe.each(PATHS)("%s", (path) => {
  test("is closed by FORMS=off, and says so; to programs as problem+json", async () => {
    await server.close();
    server = await start({ views: SITE_VIEWS, config: { forms: false } });
    const before = server.broker.cursor();
    const enhanced = await send(path, HTMX);
    expect([enhanced.status, await enhanced.text()]).toEqual([
      403,
      expect.stringContaining('<p class="refused">This server takes nothing from visitors now.</p>'),
    ]);
    const person = await send(path, PERSON);
    expect([person.status, await person.text()]).toEqual([
      403,
      expect.stringMatching(/^<!doctype html>[\s\S]*<p class="refused">This server takes nothing from visitors now\./),
    ]);
    expect(await (await send(path)).json()).toMatchObject({ status: 403, code: "forms_closed" });
    expect(server.broker.cursor()).toBe(before);
  });

  test("is refused to a page of another site before anything is read", async () => {
    const foreign = await send(path, { ...HTMX, "sec-fetch-site": "cross-site" });
    expect(await foreign.json()).toMatchObject({ code: "origin_forbidden" });
  });
});

test("no address leads away from here, whatever a Referer says", async () => {
  for (const referer of [
    "https://evil.example/",
    "https://evil.example/updates?friends=true",
    "//evil",
    "javascript:1",
  ]) {
    const location = (await send("/feed", { referer })).headers.get("location");
    expect(location).toMatch(/^\/(?!\/)/);
  }
});

test("what a template refuses, its visitor is told in the author's words", async () => {
  await server.close();
  const picky =
    '---\nkind: log\n---\n<% if (data.text === "x") refuse("Write more than an x."); %><li id="<%= id %>"></li>';
  server = await start({ views: templates({ "widgets/feed.eta": picky }) });
  for (const headers of [HTMX, PERSON]) {
    const response = await send("/feed", headers);
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining('<p class="refused">Widget “feed” refuses this value. Write more than an x.</p>'),
    ]);
  }
});

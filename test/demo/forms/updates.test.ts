import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/actions/updates`, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers,
    redirect: "manual",
  });
const latest = () => server.broker.latest(parseTopic("updates"));

test("the form publishes an update, and leads back to what its visitor had chosen", async () => {
  const referer = `${server.url}/updates?friends=true&format=brief`;
  const response = await post({ from: " Ada ", text: "Hello", friend: "on" }, { referer });
  expect([response.status, response.headers.get("location")]).toEqual([303, "/updates?friends=true&format=brief"]);
  expect(await latest()).toEqual({ from: "Ada", text: "Hello", friend: true });
});

test("whoever does not say to be a friend is none", async () => {
  expect((await post({ from: "Ada", text: "Hello" }, { "hx-request": "true" })).status).toBe(200);
  expect(await latest()).toEqual({ from: "Ada", text: "Hello", friend: false });
});

test.each([
  ["no name", { from: " ", text: "x" }, { from: "The name is empty. Write something there." }],
  ["no text", { from: "x" }, { text: "The update is missing." }],
  ["a long text", { from: "x", text: "y".repeat(1_001) }, { text: "The update has at most 1000 characters." }],
])("%s is refused, and nothing is published", async (_, given, fields) => {
  const before = server.broker.cursor();
  const response = await post(given as Record<string, string>, { accept: "application/json" });
  expect([response.status, await response.json()]).toEqual([422, expect.objectContaining({ fields })]);
  expect(server.broker.cursor()).toBe(before);
});

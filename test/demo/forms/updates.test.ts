import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import type { TestServer } from "../../support/server.ts";
import { start } from "../server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/updates`, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers,
    redirect: "manual",
  });
const latest = () => server.broker.latest(parseTopic("updates"));
const HTMX = { "hx-request": "true" };

test("the form publishes an update, and leads back to what its visitor had chosen", async () => {
  const response = await post(
    { from: " Ada ", text: "Hello", friend: "on" },
    {
      referer: `${server.url}/updates?friends=true&format=brief`,
    },
  );
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/updates?friends=true&format=brief");
  expect(await latest()).toEqual({ from: "Ada", text: "Hello", friend: true });
});

test("with htmx it brings the form again, for the next update", async () => {
  const html = await (await post({ from: "Ada", text: "Hello" }, HTMX)).text();
  expect(html).toMatch(/<form[\s\S]*<\/form>/);
  expect(html).toContain('name="from" type="text" value="Ada"');
  expect(html).toContain('name="text" type="text" value=""');
  expect(await latest()).toEqual({ from: "Ada", text: "Hello", friend: false });
});

test.each([
  ["no name", { from: " ", text: "x" }, "The name is empty."],
  ["no text", { from: "x" }, "The update is empty."],
  ["a long text", { from: "x", text: "y".repeat(1_001) }, "The update has at most 1000 characters."],
])("%s is refused, with what was typed and the reason, and nothing is published", async (_, fields, reason) => {
  const before = server.broker.cursor();
  const response = await post(fields as Record<string, string>, HTMX);
  expect([response.status, await response.text()]).toEqual([422, expect.stringContaining(reason)]);
  const page = await (await post(fields as Record<string, string>, { accept: "text/html" })).text();
  expect(page).toContain(`<p class="refused">${reason}`);
  expect(page).toContain('value="x"');
  expect((await post(fields as Record<string, string>)).status).toBe(422);
  expect(server.broker.cursor()).toBe(before);
});

test("what is typed is text", async () => {
  const html = await (await post({ from: '"><i>', text: "" }, { accept: "text/html" })).text();
  expect(html).toContain('value="&quot;&gt;&lt;i&gt;"');
});

test("a page of another site may not post", async () => {
  const response = await post({ from: "Eve", text: "x" }, { origin: "https://evil.example" });
  expect(response.status).toBe(403);
});

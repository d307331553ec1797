import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import type { Message } from "../../../src/forms/inbox-messages.ts";
import type { TestServer } from "../../support/server.ts";
import { start } from "../server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());

const INBOX = parseTopic("inbox");
const send = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/inbox`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" });
const messages = async () => ((await server.broker.latest(INBOX)) as { messages: Message[] } | undefined)?.messages;
const subjects = async () => (await messages())?.map(({ subject }) => subject);

describe("POST /inbox", () => {
  test("adds a message as JSON, newest first, unread", async () => {
    const response = await send({ from: "Ada", subject: "one" });
    expect(response.status).toBe(201);
    const { id } = (await response.json()) as { id: string };
    await send({ from: "Ada", subject: "two" });
    const [, first] = (await messages())!;
    expect(first).toEqual({ id, from: "Ada", subject: "one", at: expect.stringMatching(/^\d{4}-.*Z$/), read: false });
    expect(await subjects()).toEqual(["two", "one"]);
  });

  test("adds every one of many at once", async () => {
    const all = Array.from({ length: 30 }, (_, i) => `${i}`);
    await Promise.all(all.map((subject) => send({ from: "Ada", subject })));
    expect((await subjects())!.sort()).toEqual(all.sort());
  });

  test("keeps the hundred newest", async () => {
    for (let i = 0; i < 103; i++) await send({ from: "Ada", subject: `${i}` });
    expect(await messages()).toHaveLength(100);
    expect((await subjects())!.at(-1)).toBe("3");
  });

  test.each([
    [{ from: "Ada" }, "field_missing"],
    [{ from: "Ada", subject: 5 }, "field_missing"],
    [["Ada"], "field_missing"],
    [null, "field_missing"],
    [{ from: "Ada", subject: "x".repeat(201) }, "field_too_long"],
  ])("refuses %j", async (body, code) => {
    const response = await send(body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code });
    expect(await messages()).toBeUndefined();
  });

  test("adds a message from the page's form, with htmx and without", async () => {
    const html = await (await form("/inbox", { from: "Ada", subject: "one" }, { "hx-request": "true" })).text();
    expect(html).toMatch(/<form[\s\S]*value="Ada"[\s\S]*<\/form>/);
    const response = await form("/inbox", { from: "Ada", subject: "two" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/inbox");
    expect(await subjects()).toEqual(["two", "one"]);
  });

  test("wants the token of programs, where there is one, and the origin of pages", async () => {
    const guarded = await start({ config: { publishToken: "secret" } });
    const post = (headers: Record<string, string>, body: string) =>
      fetch(`${guarded.url}/inbox`, { method: "POST", headers, body }).then(({ status }) => status);
    const json = { "content-type": "application/json" };
    const body = JSON.stringify({ from: "Ada", subject: "x" });
    expect(await post(json, body)).toBe(401);
    expect(await post({ ...json, authorization: "Bearer secret" }, body)).toBe(201);
    const typed = { "content-type": "application/x-www-form-urlencoded", "hx-request": "true" };
    expect(await post(typed, "from=Ada&subject=x")).toBe(200);
    expect(await post({ ...typed, origin: "https://evil.example" }, "from=Ada&subject=x")).toBe(403);
    await guarded.close();
  });
});

describe("POST /inbox/read", () => {
  const read = async () => (await messages())!.filter(({ read }) => read).map(({ subject }) => subject);

  test("marks one, or all; and what is read already is published to nobody", async () => {
    for (const subject of ["one", "two", "three"]) await send({ from: "Ada", subject });
    const { id } = (await messages())![1]!;
    expect((await form("/inbox/read", { id }, { "hx-request": "true" })).status).toBe(200);
    expect(await read()).toEqual(["two"]);
    expect((await form("/inbox/read", { all: "true" })).status).toBe(303);
    expect(await read()).toEqual(["three", "two", "one"]);
    const before = server.broker.cursor();
    await form("/inbox/read", { all: "true" });
    await form("/inbox/read", { id: "unknown" });
    expect(server.broker.cursor()).toBe(before);
  });

  test("loses no message that comes at the same time", async () => {
    await send({ from: "Ada", subject: "old" });
    await Promise.all([form("/inbox/read", { all: "true" }), send({ from: "Ada", subject: "new" })]);
    expect(await subjects()).toEqual(["new", "old"]);
    expect(await read()).toContain("old");
  });

  test("wants to know which", async () => {
    expect((await form("/inbox/read", {})).status).toBe(422);
  });
});

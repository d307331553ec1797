import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../../../src/actions/inbox/_messages.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());

const INBOX = parseTopic("inbox");
// Each from an address of its own: one alone may send so many forms.
let senders = 0;
const form = (
  name: string,
  fields: Record<string, string>,
  headers: Record<string, string> = { accept: "application/json" },
) =>
  fetch(`${server.url}/actions/inbox/${name}`, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "x-forwarded-for": `198.51.${senders >> 8}.${senders++ & 255}`, ...headers },
    redirect: "manual",
  });
const add = (subject: string) => form("add", { from: "Ada", subject });
const messages = async () => ((await server.broker.latest(INBOX)) as { messages: Message[] } | undefined)?.messages;
const subjects = async () => (await messages())?.map(({ subject }) => subject);

describe("a message", () => {
  test("is added, newest first, unread", async () => {
    expect((await add("one")).status).toBe(303);
    expect((await form("add", { from: "Ada", subject: "two" }, { "hx-request": "true" })).status).toBe(200);
    const [, first] = (await messages())!;
    const when = { id: expect.any(String), at: expect.stringMatching(/^\d{4}-.*Z$/) };
    expect(first).toEqual({ ...when, from: "Ada", subject: "one", read: false });
    expect(await subjects()).toEqual(["two", "one"]);
  });

  test("is lost in no crowd of them, and the hundred newest are kept", async () => {
    const all = Array.from({ length: 130 }, (_, i) => `${i}`);
    await Promise.all(all.map(add));
    const kept = (await subjects())!;
    expect(new Set(kept).size).toBe(100);
  });

  test.each([
    [{ from: "Ada" }, { subject: "The subject is missing." }],
    [
      { from: " ", subject: "x".repeat(201) },
      { from: /empty/, subject: /at most 200 characters/ },
    ],
  ])("is refused where it is %j", async (fields, reasons) => {
    const response = await form("add", fields as Record<string, string>);
    expect(response.status).toBe(422);
    const { fields: told } = (await response.json()) as { fields: Record<string, string> };
    for (const [name, reason] of Object.entries(reasons)) expect(told[name]).toMatch(reason);
    expect(await messages()).toBeUndefined();
  });
});

describe("marking as read", () => {
  const read = async () => (await messages())!.filter(({ read }) => read).map(({ subject }) => subject);

  test("marks one, or all; and what is read already is published to nobody", async () => {
    for (const subject of ["one", "two", "three"]) await add(subject);
    const { id } = (await messages())![1]!;
    expect((await form("read", { id }, { "hx-request": "true" })).status).toBe(200);
    expect(await read()).toEqual(["two"]);
    expect((await form("read", { all: "true" })).status).toBe(303);
    expect(await read()).toEqual(["three", "two", "one"]);
    const before = server.broker.cursor();
    await form("read", { all: "true" });
    await form("read", { id: "unknown" });
    expect(server.broker.cursor()).toBe(before);
  });

  test("loses no message that comes at the same time", async () => {
    await add("old");
    await Promise.all([form("read", { all: "true" }), add("new")]);
    expect(await subjects()).toEqual(["new", "old"]);
    expect(await read()).toContain("old");
  });

  test("wants to know which", async () => {
    expect((await form("read", {})).status).toBe(422);
  });
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { createMock } from "../../src/mock/mock.ts";
import { keep, type TestServer } from "../support/server.ts";
import { startSite as start } from "../support/site.ts";
import { Upstream } from "../support/upstream.ts";
import { Visitor } from "../support/visitor.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

let server: TestServer;
let visitor: Visitor;
beforeEach(async () => {
  server = await start({
    chat: { fetch: createMock({ ttftMs: 0, tokensPerSecond: 100_000 }), keep: { mostOfOne: 3 } },
  });
  visitor = await Visitor.to(server);
});
afterEach(() => server.close());

const inPage = async (query = "") =>
  (await visitor.page("", query)).match(/class="you">\s*<p>.*?<\/b>([^<]+)/g)?.join() ?? "";

test("conversations are listed by what they began with, the one that was written in last first", async () => {
  await visitor.sayIn("aaaaaaaa", "What is a brook?\nIn one line.");
  await visitor.sayIn("bbbbbbbb", `${"Why do brooks babble, ".repeat(5)}say?`);
  expect(await visitor.listed()).toEqual([
    "Why do brooks babble, Why do brooks babble, Why do brooks…",
    "What is a brook?",
  ]);
  await visitor.sayIn("aaaaaaaa", "And a river?");
  expect((await visitor.listed())[0]).toBe("What is a brook?");
  const lines = await visitor.lines(`${visitor.id}/bbbbbbbb`);
  expect(lines.filter(({ you }) => you !== undefined)).toHaveLength(1);
});

test("each is opened by its address; without one, the one that was written in last", async () => {
  await visitor.sayIn("aaaaaaaa", "one");
  await visitor.sayIn("bbbbbbbb", "two");
  expect(await inPage("?conversation=aaaaaaaa")).toContain("one");
  expect(await inPage("?conversation=bbbbbbbb")).toContain("two");
  expect(await inPage()).toContain("two");
  expect(await inPage("?conversation=main")).toBe("");
});

test("whoever has the address of another's finds an empty one of their own by it", async () => {
  await visitor.sayIn("aaaaaaaa", "a secret");
  const other = await Visitor.to(server);
  expect(await other.page("", "?conversation=aaaaaaaa")).not.toContain("a secret");
  await other.press("delete", {}, { referer: `${server.url}/chat?conversation=aaaaaaaa` });
  expect(await visitor.lines(`${visitor.id}/aaaaaaaa`)).toHaveLength(2);
  // Nor is the list, or a conversation, streamed to anybody whom no page has sealed it for.
  for (const topic of [`chat-list/${visitor.id}`, `chat/${visitor.id}/aaaaaaaa`]) {
    const { status } = await fetch(`${server.url}/events?regions=${topic}&as=json`, {
      headers: { accept: "text/event-stream" },
    });
    expect(status).toBe(401);
  }
});

test("of more than a visitor may have, the one in which nothing was written for longest goes", async () => {
  for (const name of ["aaaaaaaa", "bbbbbbbb", "cccccccc"]) await visitor.sayIn(name, name);
  await visitor.sayIn("aaaaaaaa", "again");
  await visitor.sayIn("dddddddd", "dddddddd");
  expect(await visitor.listed()).toEqual(["dddddddd", "aaaaaaaa", "cccccccc"]);
  expect(await visitor.lines(`${visitor.id}/bbbbbbbb`)).toEqual([]);
});

test("one that is deleted leaves the list, is emptied, and the page goes on with the last of the others", async () => {
  await visitor.sayIn("aaaaaaaa", "one");
  await visitor.sayIn("bbbbbbbb", "two");
  const headers = { referer: `${server.url}/chat?conversation=bbbbbbbb`, "hx-request": "" };
  const answer = await visitor.press("delete", {}, headers);
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/chat"]);
  expect(await visitor.listed()).toEqual(["one"]);
  expect(await visitor.lines(`${visitor.id}/bbbbbbbb`)).toEqual([]);
  expect(await inPage()).toContain("one");
});

test("one that is begun twice at once is listed, and one that cannot be begun is not", async () => {
  await server.close();
  server = await start({ chat: { fetch: new Upstream().fetch } }); // no answer ends by itself
  visitor = await Visitor.to(server);
  const both = await Promise.all([visitor.say("one"), visitor.say("two")]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await visitor.listed()).toHaveLength(1);
  await server.close();
  server = await start({ chat: { answeredBy: "nobody" } });
  visitor = await Visitor.to(server);
  expect((await visitor.say("one")).status).toBe(503);
  expect(await visitor.listed()).toEqual([]);
});

test("what cannot be sent takes none of the others off the list, though there are as many as may be", async () => {
  await server.close();
  server = await start({ chat: { answeredBy: "nobody", keep: { mostOfOne: 2 } } });
  visitor = await Visitor.to(server);
  const conversations = ["aaaaaaaa", "bbbbbbbb"].map((name) => ({ name, title: name, at: Date.now() }));
  await server.broker.publish([{ topic: parseTopic(`chat-list/${visitor.id}`), data: { conversations } }]);
  expect((await visitor.say("one more")).status).toBe(503);
  expect(await visitor.listed()).toEqual(["aaaaaaaa", "bbbbbbbb"]);
});

test("what has expired, or made room for others, is listed no more once its visitor comes", async () => {
  const topic = parseTopic(`chat-list/${visitor.id}`);
  const now = Date.now();
  const conversations = [
    { name: "aaaaaaaa", title: "just begun", at: now },
    { name: "bbbbbbbb", title: "made room", at: now - DAY_MS },
    { name: "cccccccc", title: "expired", at: now - keep.maxAgeMs - DAY_MS },
  ];
  await server.broker.publish([{ topic, data: { conversations } }]);
  await visitor.page();
  expect(await visitor.listed()).toEqual(["just begun", "made room"]);
  await visitor.page("", "?conversation=bbbbbbbb");
  expect(await visitor.listed()).toEqual(["just begun"]);
});

test("where its author has no such list, a conversation goes on without one", async () => {
  await server.close();
  const { start: bare } = await import("../support/server.ts");
  server = await bare();
  visitor = await Visitor.to(server);
  expect((await visitor.say("hi")).status).toBe(200);
  await visitor.ended();
  expect(await visitor.lines()).toHaveLength(2);
});

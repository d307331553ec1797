import { afterEach, beforeEach, expect, test } from "vitest";
import { type Json, JsonText } from "../../../src/engine/core/json.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { Inbox } from "../../../src/forms/inbox-messages.ts";
import { FatefulLog } from "../../support/log.ts";
import type { TestServer } from "../../support/server.ts";
import { start } from "../server.ts";

const topic = parseTopic("inbox");
let log: FatefulLog;
let server: TestServer;
let inbox: Inbox;
beforeEach(async () => {
  log = new FatefulLog();
  server = await start({ log });
  inbox = new Inbox(server.broker);
});
afterEach(() => server.close());

const put = (value: Json) => log.append([{ op: "publish", topic, json: JsonText.of(value), retain: 1 }]);
const message = (subject: string) => ({ id: subject, from: "Bob", subject, at: "2030-01-01T00:00:00Z", read: false });
const subjects = async () =>
  ((await server.broker.latest(topic)) as { messages: { subject: string }[] }).messages.map(({ subject }) => subject);

test("changes take turns, in the order in which they were asked for", async () => {
  await Promise.all(["1", "2", "3"].map((subject) => inbox.add("Ada", subject)));
  expect(await subjects()).toEqual(["3", "2", "1"]);
});

test("what another node adds while a change is being made is there, too", async () => {
  let read = () => {};
  log.gate = new Promise((resolve) => {
    read = resolve;
  });
  const added = inbox.add("Ada", "here");
  await new Promise(setImmediate); // it has read what was there
  await put({ messages: [message("elsewhere")] });
  read();
  await added;
  expect(await subjects()).toEqual(["here", "elsewhere"]);
});

test("a change that fails says so to its own caller, and does not hold up the next", async () => {
  log.lose();
  await expect(inbox.add("Ada", "lost")).rejects.toMatchObject({ code: "broker_unavailable" });
  log.find();
  await inbox.add("Ada", "kept");
  expect(await subjects()).toEqual(["kept"]);
});

test.each([null, 5, "text", {}, { messages: "none" }, []])(
  "what is no inbox, %j, counts as an empty one",
  async (value) => {
    await put(value as Json);
    await inbox.add("Ada", "first");
    expect(await subjects()).toEqual(["first"]);
  },
);

import { afterEach, beforeEach, expect, test } from "vitest";
import { Conversation, isLate } from "../../src/chat/conversation.ts";
import { secretSegment } from "../../src/engine/core/topic.ts";
import { keep, start, type TestServer } from "../support/server.ts";

let server: TestServer;
let conversation: Conversation;
beforeEach(async () => {
  server = await start();
  conversation = new Conversation(server.broker, secretSegment(), keep);
});
afterEach(() => server.close());

const FENCE = { name: "answer", token: 1 };
const turn = (data: { state: string; run?: string; clear?: boolean }) => ({ topic: conversation.turnTopic, data });

test("of three who have seen the same turn, one changes it, and once", async () => {
  const { version } = await conversation.turn();
  const attempts = await Promise.allSettled(
    ["a", "b", "c"].map((run) => conversation.change(version, [turn({ state: "answering", run })])),
  );
  const late = attempts.filter((attempt) => attempt.status === "rejected");
  expect(late.map(({ reason }) => isLate(reason))).toEqual([true, true]);
  const { turn: won } = await conversation.turn();
  const again = await conversation.change(version, [turn({ state: "idle" })]).catch((error) => error);
  expect(isLate(again)).toBe(true);
  expect((await conversation.turn()).turn).toMatchObject({ state: "answering", run: won.run });
});

test("a run ends once, also when it is stopped at the same moment", async () => {
  await conversation.change((await conversation.turn()).version, [turn({ state: "answering", run: "r" })]);
  const { version } = await conversation.turn();
  const end = () =>
    conversation.end("r", [{ topic: conversation.topic, data: { note: "ended" } }, turn({ state: "idle" })], FENCE);
  const stop = conversation.change(version, [turn({ state: "stopping", run: "r" })]);
  await Promise.allSettled([stop, end(), end()]);
  const { values } = await server.broker.record(conversation.topic);
  expect([...values.values()].map(({ json }) => json.value)).toEqual([{ note: "ended" }]);
  expect((await conversation.turn()).turn.state).toBe("idle");
});

test("a turn that was to be emptied is empty at its end", async () => {
  await conversation.change((await conversation.turn()).version, [
    { topic: conversation.topic, data: { you: "hi" } },
    turn({ state: "stopping", run: "r", clear: true }),
  ]);
  await conversation.end(
    "r",
    [{ topic: conversation.topic, data: { note: "late" } }, turn({ state: "failed" })],
    FENCE,
  );
  for (const topic of [conversation.topic, conversation.turnTopic]) {
    expect((await server.broker.record(topic)).values.size).toBe(0);
  }
});

test("what somebody else has published to a turn is none", async () => {
  for (const data of [5, "answering", null, { state: "answered" }, [{ state: "answering" }]]) {
    await server.broker.publish([{ topic: conversation.turnTopic, data }]);
    expect((await conversation.turn()).turn).toEqual({ state: "idle" });
  }
});

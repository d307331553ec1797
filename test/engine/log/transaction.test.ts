import { expect, test } from "vitest";
import { KEYS_QUEUE, PRESSES_QUEUE } from "../../../src/engine/log/bounds.ts";
import { PRESS_KEY } from "../../../src/engine/log/idempotency-key.ts";
import { type LogState, transact } from "../../../src/engine/log/transaction.ts";
import { put } from "../../support/logs.ts";

/** A log that has given a million answers, which `k0` was the first to get. */
const full: LogState = {
  id: "a",
  head: 7,
  forgottenTo: 0,
  queues: new Map([[KEYS_QUEUE, 1_000_000]]),
  topic: () => undefined,
  answer: (name) => (name === "new" ? undefined : { fingerprint: "a hash", seq: 1, at: 5 }),
  oldest: (_queue, _until, limit) => Array.from({ length: limit }, (_, i) => `k${i}`),
};

test("of more than a million keys, the oldest is forgotten for each new one", () => {
  const key = { name: "new", fingerprint: "a hash" };
  const { answers, left, joined, queues, outcomes } = transact([{ drafts: [put(1)], key }], full, 10);
  expect(outcomes).toEqual([8]);
  expect([...answers].map(([name, { after }]) => [name, after?.seq])).toEqual([
    ["new", 8],
    ["k0", undefined],
  ]);
  expect({ left, joined, queues }).toEqual({
    left: [{ queue: KEYS_QUEUE, at: 5, name: "k0" }],
    joined: [{ queue: KEYS_QUEUE, at: 10, name: "new" }],
    queues: new Map([[KEYS_QUEUE, 1_000_000]]),
  });
});

test("visitors who press without end push out no publisher's key", () => {
  const key = { name: `${PRESS_KEY}new`, fingerprint: "a hash" };
  const none = (name: string) => (name === key.name ? undefined : full.answer(name));
  const { left, queues } = transact([{ drafts: [put(1)], key }], { ...full, answer: none }, 10);
  expect({ left, queues }).toEqual({ left: [], queues: new Map([[PRESSES_QUEUE, 1]]) });
});

test("an answer that is given again is no new one", () => {
  const { answers, left, joined } = transact(
    [{ drafts: [put(1)], key: { name: "k0", fingerprint: "a hash" } }],
    full,
    10,
  );
  expect([answers.size, left, joined]).toEqual([0, [], []]);
});

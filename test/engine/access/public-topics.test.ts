import { afterEach, expect, test, vi } from "vitest";
import { authorize, deny } from "../../../src/engine/access/authorize.ts";
import { PublicTopics } from "../../../src/engine/access/public-topics.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";

afterEach(() => vi.useRealTimers());

const [free, closed, broken, wrong] = ["free", "closed", "broken", "wrong"].map(parseTopic) as [
  never,
  never,
  never,
  never,
];

test("without a hook every topic is public", () => {
  expect(new PublicTopics(undefined).has(free)).toBe(true);
});

test("a topic is public once the hook has let nobody in particular read it, and no other ever", async () => {
  vi.useFakeTimers();
  const asked: unknown[] = [];
  const hook = authorize(({ request, topic }) => {
    asked.push(topic, request.cookie("user"), request.header("authorization"));
    if (topic === "closed") deny();
    if (topic === "broken") throw new Error("of the author's");
    return topic === "wrong" ? (true as never) : undefined;
  });
  const topics = new PublicTopics(hook);
  const all = () => [free, closed, broken, wrong].map((topic) => topics.has(topic));
  expect(all()).toEqual([false, false, false, false]);
  await vi.advanceTimersByTimeAsync(1);
  expect(all()).toEqual([true, false, false, false]);
  expect(asked).toHaveLength(12); // each was asked for once, without a cookie and a header
  expect(asked.filter((given) => given !== undefined)).toEqual(["free", "closed", "broken", "wrong"]);
});

test("what the hook has let everybody read is asked for again, and is no longer public where it says so, or says nothing", async () => {
  vi.useFakeTimers();
  let answer: () => Promise<undefined> = async () => undefined;
  const topics = new PublicTopics(authorize(() => answer()));
  topics.has(free);
  await vi.advanceTimersByTimeAsync(1);
  expect(topics.has(free)).toBe(true);
  answer = async () => deny();
  await vi.advanceTimersByTimeAsync(31_000);
  topics.has(free);
  await vi.advanceTimersByTimeAsync(1);
  expect(topics.has(free)).toBe(false);
  answer = () => new Promise(() => {});
  await vi.advanceTimersByTimeAsync(31_000);
  topics.has(free);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(topics.has(free)).toBe(false);
});

test("it asks for a few at once, and never of more topics than it can answer for", async () => {
  vi.useFakeTimers();
  let under = 0;
  let most = 0;
  const topics = new PublicTopics(
    authorize(async () => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 10));
      under--;
      return undefined;
    }),
  );
  for (let i = 0; i < 100; i++) topics.has(parseTopic(`feed/${i}`));
  await vi.advanceTimersByTimeAsync(20);
  expect(most).toBe(8);
});

import { afterEach, expect, test, vi } from "vitest";
import type { Broker } from "../../src/engine/broker/broker.ts";
import { isPrivate, parseTopic, type Topic } from "../../src/engine/core/topic.ts";
import { Metrics } from "../../src/engine/ops/metrics.ts";
import { Gathering } from "../../src/inspector/gathering.ts";

afterEach(() => vi.useRealTimers());

test("nothing is gathered while nobody looks, and what is gathered changes only where something has changed", async () => {
  vi.useFakeTimers();
  const [sourcesTopic, figures] = [parseTopic("sources"), parseTopic("figures")];
  let demand: (topic: Topic, wanted: boolean) => void = () => {};
  const published: string[] = [];
  const own = {
    onDemand: (listener: typeof demand) => {
      demand = listener;
    },
    publish: async (drafts: readonly { topic: Topic; op?: string }[]) => {
      for (const { topic, op } of drafts) if (op === undefined) published.push(topic);
      return "";
    },
  } as unknown as Broker;
  const observe = vi.fn();
  const broker = { observe, shown: [], size: 0, behind: 0 } as unknown as Broker;
  const sources = { statuses: [], pause: () => {}, resume: () => {} };
  const actions = new Set<string>();
  const parts = { broker, own, sources, actions, metrics: new Metrics(), faults: undefined, isPrivate };
  new Gathering({ ...parts, report: () => {} });

  await vi.advanceTimersByTimeAsync(5_000);
  expect([published, observe.mock.calls]).toEqual([[], []]);
  demand(sourcesTopic, true);
  demand(figures, true);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(published.filter((topic) => topic === "figures")).toHaveLength(4);
  expect(published.filter((topic) => topic === "sources")).toHaveLength(1);
  demand(sourcesTopic, false);
  demand(figures, false);
  expect(observe).toHaveBeenLastCalledWith(undefined);
  const { length } = published;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(published).toHaveLength(length);
});

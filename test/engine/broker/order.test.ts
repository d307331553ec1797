import { afterEach, expect, test, vi } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { Random } from "../../faults/random.ts";
import { renderer } from "../../support/renderer.ts";

const [long, list] = [parseTopic("long"), parseTopic("list")];
const PUBLISHES = 2_000;

afterEach(() => {
  vi.restoreAllMocks();
});

test("who publishes twice without waiting has both in that order, wherever the machine stops the process for a moment", async () => {
  const broker = await Broker.open({ log: new MemoryLog(), renderer: renderer() });
  const heard: number[] = [];
  broker.watch(list, (update) => update.op === "publish" && heard.push(update.json.value as number));
  const random = new Random(1);
  let now = performance.now();
  // One look at the clock in ten is as late as other processes make it.
  vi.spyOn(performance, "now").mockImplementation(() => (now += random.from(0, 9) === 0 ? 6 : 0));

  const taken: Promise<string>[] = [];
  while (taken.length < PUBLISHES) {
    for (let burst = random.from(1, 20); burst > 0; burst--) {
      const data = taken.length;
      taken.push(broker.publish([long, list].map((topic) => ({ topic, data }))));
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  await Promise.all(taken);
  expect(heard).toEqual(heard.map((_, index) => index));
  expect(heard.length).toBe(taken.length);
  await broker.close();
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { parseItem, parseTopic, type Topic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { renderer } from "../../support/renderer.ts";

let broker: Broker;
let wanted: Topic[];
beforeEach(async () => {
  broker = await Broker.open({ log: new MemoryLog(), renderer: renderer() });
  wanted = [];
  broker.onDemand((topic) => wanted.push(topic));
});
afterEach(() => broker.close());

const list = parseTopic("list");
const value = parseTopic("value");

describe("the latest value", () => {
  test("is that of the last publish, whether someone looks or not", async () => {
    await broker.publish([1, 2].map((data) => ({ topic: value, data })));
    expect(await broker.latest(value)).toBe(2);
    await broker.html(parseRegion("value"));
    await broker.publish([{ topic: value, data: 3 }]);
    expect(await broker.latest(value)).toBe(3);
  });

  test("is nothing where nothing was published, or all was cleared", async () => {
    expect(await broker.latest(list)).toBeUndefined();
    await broker.publish([{ topic: list, data: null }]);
    expect(await broker.latest(list)).toBeNull();
    await broker.clear(list);
    expect(await broker.latest(list)).toBeUndefined();
  });

  test("is refused of what no template renders", async () => {
    await expect(broker.latest(parseTopic("unheard-of"))).rejects.toMatchObject({ code: "topic_unknown" });
  });
});

test("what is too old is emptied on every page, by whichever node comes first", async () => {
  const log = new MemoryLog();
  const node = await Broker.open({ log, renderer: renderer(), sweepMs: 1 });
  const own = parseTopic("value/own");
  const emptied = new Promise<string>((resolve) => node.watch(own, ({ op }) => op === "clear" && resolve(op)));
  await node.publish([{ topic: own, data: 1, bounds: { maxAgeMs: 1, maxCount: 10 } }]);
  expect(await emptied).toBe("clear");
  expect(await node.latest(own)).toBeUndefined();
  await node.close();
});

test("a burst of more items than a list shows is rendered as the list, and not item by item", async () => {
  const made = renderer();
  const node = await Broker.open({ log: new MemoryLog(), renderer: made });
  let sent = "";
  const write = (bytes: Buffer) => {
    sent += bytes;
    return true;
  };
  await node.publish([{ topic: list, data: 0 }]);
  await node.subscribe({ regions: [parseRegion("list")], as: "html" }, { write, end: () => {} });
  [sent, made.rendered] = ["", 0];
  await node.publish(Array.from({ length: 100 }, (_, i) => ({ topic: list, data: i + 1 })));
  await expect.poll(() => sent).toContain("v1 list 100");
  expect(sent.match(/v1 list \d+/g)).toEqual([97, 98, 99, 100].map((n) => `v1 list ${n}`));
  expect(made.rendered - 100).toBeLessThanOrEqual(8); // a hundred were tried
  await node.close();
});

describe("a region that nobody looks at", () => {
  test("shows what a page would, and starts no source", async () => {
    await broker.publish([{ topic: list, data: 1 }]);
    const still = await broker.still(parseRegion("list"));
    expect(wanted).toEqual([]);
    expect(still).toBe(await broker.html(parseRegion("list")));
    expect(wanted).toEqual([list]);
  });

  test("shows what has just been published, while others look", async () => {
    await broker.html(parseRegion("list"));
    await broker.publish([{ topic: list, data: "new" }]);
    expect(await broker.still(parseRegion("list"))).toContain("new");
  });

  test("shows nothing where there is nothing, and a notice where there is one", async () => {
    expect(await broker.still(parseRegion("list"))).toBeUndefined();
    await broker.stale(list, "The source is away.");
    expect(await broker.still(parseRegion("list"))).toContain("The source is away.");
  });
});

describe("a watcher", () => {
  test("is told of each change of its topic, until it ends; it is no reader", async () => {
    const seen: unknown[] = [];
    const end = broker.watch(value, (entry) => seen.push(entry.op === "publish" ? entry.json.value : entry.op));
    await broker.publish([
      { topic: value, data: 1 },
      { topic: list, data: 2 },
    ]);
    await broker.clear(value);
    end();
    await broker.publish([{ topic: value, data: 3 }]);
    expect(seen).toEqual([1, "clear"]);
    expect(wanted).toEqual([]);
    expect(broker.hasReaders(value)).toBe(false);
    await broker.html(parseRegion("value"));
    expect(broker.hasReaders(value)).toBe(true);
  });
});

test("a removal goes with what is published, all or none", async () => {
  const item = parseItem("a");
  await broker.publish([{ topic: list, item, data: 1 }]);
  const removal = { op: "remove", topic: list, item } as const;
  await expect(broker.publish([removal, { topic: list, data: "throw" }])).rejects.toMatchObject({ index: 1 });
  expect(await broker.latest(list)).toBe(1);
  await broker.publish([removal, { topic: list, data: 2 }]);
  expect([...(await broker.record(list)).values.values()].map(({ json }) => json.value)).toEqual([2]);
});

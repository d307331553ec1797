import { describe, expect, onTestFinished, test } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { JsonText } from "../../../src/engine/core/json.ts";
import { partialsIn } from "../../../src/engine/core/partial.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { parseRegions } from "../../../src/engine/core/region.ts";
import { parseItem, parseTopic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { renderer } from "../../support/renderer.ts";

const [value, list, long] = ["value", "list", "long"].map(parseTopic) as [never, never, never];

async function open(heartbeat = 1e6) {
  const log = new MemoryLog();
  const broker = await Broker.open({ log, renderer: renderer(), heartbeatMs: heartbeat });
  onTestFinished(() => broker.close());
  const connect = async (regions: string, more: { lastEventId?: string; cursor?: string } = {}) => {
    const reader = { text: "", ended: false, full: false };
    const sink = {
      write: (bytes: Buffer) => {
        reader.text += bytes;
        return !reader.full;
      },
      end: () => {
        reader.ended = true;
      },
    };
    const subscriber = await broker.subscribe({ regions: parseRegions(regions), as: "html", ...more }, sink);
    return Object.assign(reader, { subscriber });
  };
  const publish = (topic: never, data: number | string) => broker.publish([{ topic, data }]);
  return { broker, log, connect, publish };
}

const swaps = (text: string) =>
  partialsIn(text).flatMap(({ id, swap }) => (id.startsWith("_") ? [] : [`${swap} ${id}`]));
const items = (text: string) => [...text.matchAll(/<li id="([^"]+)"/g)].map(([, id]) => id);
const ids = (text: string) => [...text.matchAll(/^id: ?(.*)$/gm)].map(([, id]) => id);

test("the first bytes say when to come back, with jitter, and that the stream is alive", async () => {
  const { connect } = await open();
  const { text } = await connect("value");
  const [, retry] = /^retry: (\d+)\ndata: <hx-partial id=_pulse /.exec(text)!;
  expect(Number(retry)).toBeGreaterThanOrEqual(300);
  expect(Number(retry)).toBeLessThanOrEqual(600);
});

test("a page that comes back with its header gets the births that it missed, and a reset of what else moved, in one event", async () => {
  const { connect, publish } = await open();
  await publish(list, 1);
  const at = await publish(value, 1);
  await publish(list, 2);
  await publish(value, 2);
  const now = await publish(list, 3);
  const { text } = await connect("value,list", { lastEventId: at });
  expect(swaps(text)).toEqual(["innerHTML value", "beforeend list"]);
  expect(items(text)).toEqual(["list_3", "list_5"]);
  expect(ids(text)).toEqual([now]);
});

test("the header beats the URL", async () => {
  const { connect, publish } = await open();
  const old = await publish(list, 1);
  const at = await publish(list, 2);
  expect(swaps((await connect("list", { lastEventId: at, cursor: old })).text)).toEqual([]);
});

test("a page that comes with its URL's cursor alone gets a reset of what moved, and nothing of the rest", async () => {
  const { connect, publish } = await open();
  await publish(value, 1);
  const at = await publish(list, 1);
  await publish(list, 2);
  expect(swaps((await connect("value,list", { cursor: at })).text)).toEqual(["innerHTML list"]);
});

test.each(["garbage", "a-b-c-1", "reset", "a-b-c-99999999999999999999", "%00"])(
  "a cursor that this log never gave (%s) resets every region",
  async (lastEventId) => {
    const { connect, publish } = await open();
    await publish(list, 1);
    expect(swaps((await connect("value,list", { lastEventId })).text)).toEqual(["innerHTML value", "innerHTML list"]);
  },
);

test("a list that has lost more than it keeps is reset", async () => {
  const { connect, publish } = await open();
  const at = await publish(list, 0);
  for (let data = 1; data <= 4; data++) await publish(list, data);
  expect(swaps((await connect("list", { lastEventId: at })).text)).toEqual(["innerHTML list"]);
});

test("each append carries the delete of what it evicts", async () => {
  const { connect, publish } = await open();
  for (let data = 1; data <= 4; data++) await publish(list, data);
  const reader = await connect("list");
  reader.text = "";
  await publish(list, 5);
  expect(swaps(reader.text)).toEqual(["delete list_1", "beforeend list"]);
});

test("a catch-up too large for one event goes out in pieces; only the last event has a cursor, and a cut before it resets all", async () => {
  const { connect, publish } = await open();
  for (const topic of [list, long]) for (let i = 0; i < 2; i++) await publish(topic, "x".repeat(30_000));
  const now = await publish(value, 1);
  const { text } = await connect("list,long,value");
  expect(swaps(text)).toEqual([
    "innerHTML list",
    "beforeend list",
    "innerHTML long",
    "beforeend long",
    "innerHTML value",
  ]);
  expect(ids(text)).toEqual(["reset", now]);
});

test("a page that comes back with its header gets the newest version of an item that it has, and the rest stays", async () => {
  const { broker, connect, publish } = await open();
  const publishItem = (item: string, data: number) => broker.publish([{ topic: list, data, item: parseItem(item) }]);
  await publishItem("a", 1);
  await connect("list"); // from here on the items are known one by one
  const at = await publishItem("b", 1);
  await publishItem("a", 2);
  await publishItem("a", 3);
  await publish(list, 4);
  const { text } = await connect("list", { lastEventId: at });
  expect(swaps(text)).toEqual(["outerHTML list_a", "beforeend list"]);
  expect(items(text)).toEqual(["list_a", "list_5"]);
});

describe("a reader that is slow", () => {
  /** Takes one write each time that its socket has drained. */
  async function slow(regions: string, as: "html" | "json" = "html") {
    const opened = await open();
    const { broker } = opened;
    const writes: string[] = [];
    const sink = { write: (bytes: Buffer) => writes.push(bytes.toString()) < 0, end: () => {} };
    const subscriber = await broker.subscribe({ regions: parseRegions(regions), as }, sink);
    const take = () => {
      const before = writes.length;
      subscriber.onDrain();
      return writes.slice(before).join("");
    };
    const publishItem = (item: string, data: string) => broker.publish([{ topic: list, data, item: parseItem(item) }]);
    return { ...opened, take, publishItem };
  }
  const large = "x".repeat(20_000);

  test("gets a large catch-up one event at a time", async () => {
    const { take, publish } = await slow("list,long");
    for (const topic of [list, long]) await publish(topic, large);
    expect(swaps(take())).toEqual(["innerHTML list"]);
    expect(swaps(take())).toEqual(["innerHTML long"]);
    expect(take()).toBe("");
  });

  test("goes on with a long list where it was, with what has changed, gone and come meanwhile", async () => {
    const { take, publishItem } = await slow("list");
    for (const item of ["a", "b", "c", "d"]) await publishItem(item, large);
    expect(items(take())).toEqual(["list_a"]);
    expect(swaps(take())).toEqual(["beforeend list"]);
    await publishItem("b", "changed");
    await publishItem("e", "born"); // a has to go
    const text = take();
    expect(swaps(text)).toEqual(["outerHTML list_b", "delete list_a"]);
    expect(ids(text)).toEqual([]);
    const rest = take();
    expect(swaps(rest)).toEqual(["beforeend list"]);
    expect(items(rest)).toEqual(["list_c"]);
    expect(items(take())).toEqual(["list_d"]);
    const last = take();
    expect(items(last)).toEqual(["list_e"]);
    expect(ids(last).length).toBe(1);
  });

  test("starts a long list again where an item was taken out of it", async () => {
    const { broker, take, publishItem } = await slow("list");
    for (const item of ["a", "b", "c"]) await publishItem(item, large);
    expect(items(take())).toEqual(["list_a"]);
    expect(items(take())).toEqual(["list_b"]);
    await broker.remove(list, parseItem("a"));
    const text = take();
    expect(swaps(text)).toEqual(["innerHTML list"]);
    expect(items(text)).toEqual(["list_b"]);
  });

  test("and is a program gets a long list as a reset that others follow, and the cursor with the last", async () => {
    const { take, publishItem } = await slow("list", "json");
    for (const item of ["a", "b", "c"]) await publishItem(item, large);
    await publishItem("a", large);
    const [first, second, third] = [take(), take(), take()];
    expect(first).toMatch(/^event: list:reset\nid: reset\ndata: \{"values":\[\{"item":"a",/);
    expect(second).toMatch(/^event: list:item\ndata: \{"item":"b",/);
    expect(third).toMatch(/^event: list:item\nid: \S+-4\ndata: \{"item":"c",/);
    expect(take()).toBe("");
  });

  test("and is a program gets what it missed a few entries at a time, each with its own cursor", async () => {
    const { take, publish } = await slow("list", "json");
    for (let i = 0; i < 3; i++) await publish(list, large);
    const texts = [take(), take(), take(), take()];
    expect(texts.map((text) => ids(text).map((id) => id?.split("-").at(-1)))).toEqual([["1"], ["2"], ["3"], []]);
  });

  test("and shares a list that is made anew, too large for one event, with the others byte for byte", async () => {
    const { broker, publish } = await open();
    const writes: Buffer[][] = [[], []];
    for (const mine of writes) {
      const sink = { write: (bytes: Buffer) => mine.push(bytes) < 0, end: () => {} };
      const subscriber = await broker.subscribe({ regions: parseRegions("list"), as: "html" }, sink);
      subscriber.onDrain();
      subscriber.onDrain();
    }
    for (let i = 0; i < 3; i++) await publish(list, large.repeat(2));
    await broker.stale(list, "gone"); // only a reset tells of it
    for (const mine of writes) expect(swaps(mine.at(-1)!.toString())).toEqual(["innerHTML list"]);
    expect(writes[0]!.at(-1)).toBe(writes[1]!.at(-1));
  });
});

test("a heartbeat carries the present cursor, and tells the page that its stream is alive", async () => {
  const { connect, publish } = await open(15);
  const reader = await connect("value");
  const now = await publish(list, 1); // not what this stream shows, but what it is now past
  reader.text = "";
  await until(() => reader.text.includes("_pulse"));
  expect(reader.text.startsWith(`id: ${now}\ndata: <hx-partial id=_pulse `)).toBe(true);
});

test("a stream ends for good when all that it shows has ended, now and for whoever comes later", async () => {
  const { broker, connect, publish } = await open();
  await publish(list, 1);
  const both = await connect("value,list");
  const one = await connect("list");
  await broker.end(list);
  await until(() => one.ended);
  expect(both.ended).toBe(false);
  expect(one.text.endsWith("event: end\ndata: \n\n")).toBe(true);
  const late = await connect("list");
  expect(late.ended).toBe(true);
  expect(swaps(late.text)).toEqual(["innerHTML list"]);
  await publish(list, 2);
  expect((await connect("list")).ended).toBe(false);
});

test("other templates reset every region, and another shell asks for a reload", async () => {
  const { broker, connect, publish } = await open();
  const at = await publish(list, 1);
  const reader = await connect("list,value", { cursor: at });
  reader.text = "";
  broker.refresh({ ...renderer("v2"), shell: "s2" });
  expect(swaps(reader.text)).toEqual(["innerHTML list", "innerHTML value"]);
  expect(reader.text).toContain("newer_page");
  const late = await connect("list", { lastEventId: at });
  expect(late.text).toContain("newer_page");
  expect(swaps(late.text)).toEqual(["innerHTML list"]);
});

test("a page of before a deploy goes on with what there still is, and says of the rest that it is gone", async () => {
  const { broker, connect, publish } = await open();
  const at = await publish(list, 1);
  const reader = await connect("list,lost,value", { lastEventId: at.replace("v1", "v0") });
  expect(swaps(reader.text)).toEqual(["innerHTML list", "innerHTML lost", "innerHTML value"]);
  expect(reader.text).toContain("id=lost hx-swap=innerHTML><p>gone</p>");
  reader.text = "";
  await publish(list, 2);
  expect(swaps(reader.text)).toEqual(["beforeend list"]);

  reader.text = "";
  broker.refresh({
    ...renderer("v2"),
    check({ topic }) {
      if (topic !== "list") throw new Problem(404, "topic_unknown", "No such widget.");
    },
  });
  expect(reader.text).toContain("id=value hx-swap=innerHTML><p>gone</p>");
  reader.text = "";
  broker.refresh(renderer("v4"));
  expect(reader.text).toContain("id=value hx-swap=innerHTML><p>waiting</p>");
});

test("a drain ends every stream, and tells those that come meanwhile to come back later", async () => {
  const { broker, connect } = await open();
  const readers = [await connect("list"), await connect("value")];
  await broker.drain(5);
  expect(readers.map(({ ended }) => ended)).toEqual([true, true]);
  expect(broker.size).toBe(0);
  const late = await connect("list");
  expect(late.ended).toBe(true);
  expect(late.text).toMatch(/^retry: \d{4}\n\n$/);
});

test("demand begins with the first reader, and goes when nobody has looked for a while", async () => {
  const { broker, connect } = await open(15);
  const demand: [string, boolean][] = [];
  broker.onDemand((topic, wanted) => demand.push([topic, wanted]));
  const reader = await connect("value,list");
  expect(demand).toEqual([
    ["value", true],
    ["list", true],
  ]);
  reader.subscriber.close();
  await until(() => demand.length === 4);
  expect(demand.slice(2)).toEqual([
    ["value", false],
    ["list", false],
  ]);
});

test("demand goes with the last reader where that one has said that it is the last, and not while another looks", async () => {
  const { broker, connect } = await open();
  const demand: unknown[] = [];
  broker.onDemand((...told) => demand.push(told));
  const [one, other] = [await connect("value"), await connect("value")];
  broker.dismiss(parseTopic("value"));
  one.subscriber.close();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(demand).toEqual([["value", true]]);
  other.subscriber.close();
  await until(() => demand.length === 2);
  expect(demand[1]).toEqual(["value", false, true]);
  expect(broker.hasReaders(parseTopic("value"))).toBe(false);
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}

test("no event goes before a reset whose id covers a part of what only the reset tells of", async () => {
  const { log, connect, publish } = await open();
  await publish(list, "1");
  const reader = await connect("list,list/b");
  reader.text = "";
  const put = (topic: never, data: string) => ({ op: "publish" as const, topic, json: JsonText.of(data), retain: 4 });
  await log.append([{ op: "clear", topic: list }, put(parseTopic("list/b") as never, "b"), put(list, "2")]);
  await expect.poll(() => ids(reader.text)).not.toEqual([]);
  const [first] = reader.text.split("\n\n");
  expect(swaps(first!)).toContain("innerHTML list");
});

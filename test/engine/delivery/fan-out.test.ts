import { expect, onTestFinished, test } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { parseRegions } from "../../../src/engine/core/region.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { renderer } from "../../support/renderer.ts";

const value = parseTopic("value");
const list = parseTopic("list");

async function open() {
  const templates = renderer();
  const broker = await Broker.open({ log: new MemoryLog(), renderer: templates, heartbeatMs: 1e6 });
  onTestFinished(() => broker.close());
  const read = async (regions: string, as: "html" | "json" = "html") => {
    const writes: Buffer[] = [];
    const sink = { write: (bytes: Buffer) => writes.push(bytes) > 0, end: () => {} };
    const subscriber = await broker.subscribe({ regions: parseRegions(regions), as, cursor: broker.cursor() }, sink);
    await tick(); // what came before has had its tick
    writes.length = 0;
    return Object.assign(writes, { subscriber });
  };
  return { broker, templates, read };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("fifty readers get the same bytes, from one render", async () => {
  const { broker, templates, read } = await open();
  await broker.publish([{ topic: list, data: 0 }]);
  const readers = await Promise.all(Array.from({ length: 50 }, () => read("list")));
  const before = templates.rendered;
  await broker.publish([{ topic: list, data: 1 }]);
  expect(templates.rendered - before).toBe(2); // the trial, and the one that counts
  expect(readers[0]!.length).toBe(1);
  for (const writes of readers) expect(writes[0]).toBe(readers[0]![0]);
});

test("readers who come back at the same cursor, as after a restart, are given the same bytes, made once", async () => {
  const { broker, read } = await open();
  await broker.publish([{ topic: value, data: 0 }]);
  const lastEventId = broker.cursor();
  await broker.publish([{ topic: value, data: 1 }]);
  await read("value"); // for one alone nothing is kept
  const missed = Array.from({ length: 50 }, async () => {
    const writes: Buffer[] = [];
    const sink = { write: (bytes: Buffer) => writes.push(bytes) > 0, end: () => {} };
    await broker.subscribe({ regions: parseRegions("value"), as: "html", lastEventId }, sink);
    return writes.at(-1);
  });
  const [one, ...others] = await Promise.all(missed);
  expect(one!.toString()).toContain("[1,");
  for (const other of others) expect(other).toBe(one);
});

test("what falls in one tick reaches a reader in one write", async () => {
  const { broker, read } = await open();
  await broker.publish([{ topic: list, data: 0 }]);
  const writes = await read("list");
  await Promise.all([1, 2, 3, 4].map((data) => broker.publish([{ topic: list, data }])));
  await tick();
  expect(writes.length).toBe(2); // the first at once, the rest together
  expect(Buffer.concat(writes).toString().match(/\n\n/g)!.length).toBe(4);
});

test("readers who name the same regions in another order get the same bytes, and each region as it was", async () => {
  const { broker, read } = await open();
  await broker.publish([{ topic: list, data: 0 }]);
  const [one, other] = [await read("list,value,list/b"), await read("list/b,list,value")];
  await broker.publish([{ topic: list, data: 1 }]);
  await Promise.all([2, 3].map((data) => broker.publish([{ topic: list, data }])));
  await broker.publish([{ topic: parseTopic("list/b"), data: 4 }]);
  await tick();
  expect(one.length).toBeGreaterThan(1);
  // Not just alike: what falls together is joined once for both.
  for (const [i, bytes] of one.entries()) expect(other[i]).toBe(bytes);
  expect(
    Buffer.concat(one)
      .toString()
      .match(/\d(?=<\/li>)/g),
  ).toEqual(["1", "2", "3", "4"]);
});

test("a state topic that is published fifty times in a frame is rendered and sent twice: the first and the last", async () => {
  const { broker, templates, read } = await open();
  const writes = await read("value");
  const before = templates.rendered;
  await Promise.all(Array.from({ length: 50 }, (_, data) => broker.publish([{ topic: value, data }])));
  await until(() => writes.length === 2);
  expect(writes[1]!.toString()).toContain("[49,");
  expect(templates.rendered - before).toBe(50 + 2); // each had its trial
});

test("ids ascend, and a coalesced value that waits goes before anything newer", async () => {
  const { broker, read } = await open();
  await broker.publish([{ topic: list, data: 0 }]);
  const writes = await read("value,list");
  await broker.publish([{ topic: value, data: 1 }]);
  await broker.publish([{ topic: value, data: 2 }]);
  await broker.publish([{ topic: list, data: 3 }]);
  await until(() => writes.length === 2);
  const ids = [
    ...Buffer.concat(writes)
      .toString()
      .matchAll(/^id:.*-(\d+)$/gm),
  ].map(([, seq]) => Number(seq));
  expect(ids).toEqual([2, 3, 4]);
});

test("two regions of one topic are told of one update in one event", async () => {
  const { broker, read } = await open();
  await broker.publish([{ topic: parseTopic("some"), data: 6 }]);
  const writes = await read("some?of=2,some?of=3");
  await broker.publish([{ topic: parseTopic("some"), data: 12 }]);
  const text = Buffer.concat(writes).toString();
  expect(text.match(/^id:/gm)!.length).toBe(1);
  expect(text.match(/<hx-partial/g)!.length).toBe(2);
});

test("a reader whose socket is full is sent nothing more until it has drained, and then what it lacks", async () => {
  const { broker } = await open();
  await broker.publish([{ topic: list, data: 0 }]);
  const writes: string[] = [];
  let full = false;
  const sink = { write: (bytes: Buffer) => writes.push(bytes.toString()) > 0 && !full, end: () => {} };
  const subscriber = await broker.subscribe(
    { regions: parseRegions("list"), as: "html", cursor: broker.cursor() },
    sink,
  );
  writes.length = 0;
  full = true;
  for (const data of [1, 2, 3]) {
    await broker.publish([{ topic: list, data }]);
    await tick();
  }
  expect(writes.length).toBe(1);
  full = false;
  subscriber.onDrain();
  expect(writes.length).toBe(2);
  expect(writes[1]!.match(/<li id="[^"]+"/g)!.length).toBe(2);
});

test("programs get the published JSON as named events", async () => {
  const { broker, read } = await open();
  const writes = await read("value,list", "json");
  await broker.publish([{ topic: value, data: { a: 1 } }]);
  await broker.publish([{ topic: list, data: "x\ny" }]);
  await broker.publish([{ topic: list, data: 2, item: "m7" as never }]);
  await broker.remove(list, "m7" as never);
  await broker.clear(list);
  await broker.end(list);
  await until(() => Buffer.concat(writes).includes("list:end"));
  const events = Buffer.concat(writes)
    .toString()
    .replaceAll(/^id: .*\n/gm, "");
  expect(events).toBe(
    'event: value\ndata: {"a":1}\n\nevent: list\ndata: "x\\ny"\n\nevent: list:item\ndata: {"item":"m7","data":2}\n\n' +
      'event: list:remove\ndata: {"item":"m7"}\n\nevent: list:clear\ndata: null\n\nevent: list:end\ndata: null\n\n',
  );
});

test("a program that comes back with a cursor gets exactly what it missed, and is told where that is not known", async () => {
  const { broker } = await open();
  const cursors: string[] = [];
  for (const data of [1, 2, 3]) cursors.push(await broker.publish([{ topic: list, data }]));
  const names = async (cursor: string) => {
    const writes: Buffer[] = [];
    const sink = { write: (bytes: Buffer) => writes.push(bytes) > 0, end: () => {} };
    await broker.subscribe({ regions: parseRegions("list"), as: "json", cursor }, sink);
    return [
      ...Buffer.concat(writes)
        .toString()
        .matchAll(/event: (.*)\ndata: (.*)|event: (.*)\nid: .*\ndata: (.*)/g),
    ].map(([, a, b, c, d]) => [a ?? c, b ?? d]);
  };
  expect(await names(cursors[0]!)).toEqual([
    ["list", "2"],
    ["list", "3"],
  ]);
  expect(await names(cursors[2]!)).toEqual([]);
  for (const unknown of ["", "garbage", cursors[0]!.replace(/^\w+/, "other"), cursors[2]!.replace(/\d+$/, "99")]) {
    expect(await names(unknown)).toEqual([["list:reset", '{"values":[{"data":1},{"data":2},{"data":3}]}']]);
  }
});

test("a template that throws publishes nothing, and says so to the publisher", async () => {
  const { broker, read } = await open();
  const writes = await read("value");
  await expect(
    broker.publish([
      { topic: value, data: 1 },
      { topic: value, data: "throw" },
    ]),
  ).rejects.toMatchObject({
    status: 422,
    code: "render_failed",
    index: 1,
  });
  await tick();
  expect(writes.length).toBe(0);
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}

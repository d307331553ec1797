import { expect, test } from "vitest";
import { Broker } from "../../src/engine/broker/broker.ts";
import { parseRegion, parseRegions } from "../../src/engine/core/region.ts";
import { parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import { inflated } from "../support/inflate.ts";
import { Reader } from "../support/reader.ts";
import { renderer } from "../support/renderer.ts";

const EVENTS = process.env.LONG === "1" ? 200 : 20;
const PAGE = "value,list,some,some?of=2";

test.each([
  ["plain", false],
  ["compressed", true],
])(
  `a %s stream of ${EVENTS} events, cut at every byte: the page comes back with what it then has, and is right`,
  async (kind, gzip) => {
    const broker = await Broker.open({ log: new MemoryLog(), renderer: renderer(), heartbeatMs: 1e6 });
    const [value, list, some] = ["value", "list", "some"].map(parseTopic) as [never, never, never];
    const publish = (topic: never, data: string | number, item?: string) =>
      broker.publish([{ topic, data, item: item === undefined ? undefined : parseItem(item) }]);
    await publish(list, "before");

    // What the page had when its stream began.
    const atFirst = async () => {
      const reader = new Reader(broker, gzip);
      await reader.load(PAGE);
      return reader;
    };
    const most = 400 * EVENTS; // bytes, and so cuts
    const readers = await Promise.all(Array.from({ length: most }, atFirst));

    const written: Buffer[] = [];
    const sinkOf = (write: (bytes: Buffer) => boolean) => ({ write, end() {}, ...(gzip && { compress() {} }) });
    // With another, since one reader alone has nothing compressed.
    for (const sink of [sinkOf((bytes) => written.push(bytes) > 0), sinkOf(() => true)]) {
      await broker.subscribe({ regions: parseRegions(PAGE), as: "html", cursor: broker.cursor() }, sink);
    }
    // Of each kind, and with letters of several bytes: births, one that evicts, one replaced, one removed, a state, an end to waiting,
    // two regions in one event, an emptied list.
    const happenings = [
      () => publish(value, "größer ☃ 🌊"),
      () => publish(list, "ü", "a"),
      () => publish(list, 2),
      () => publish(list, 3, "b"),
      () => publish(list, 4),
      () => publish(list, "again 🌊", "b"),
      () => broker.remove(list, parseItem("b")),
      () => publish(some, 2),
      () => publish(some, 4),
      () => broker.clear(list),
      () => publish(list, "line\nbreak"),
      () => broker.stale(value, "gone"),
    ];
    const eventsIn = () => {
      const stream = Buffer.concat(written);
      return (gzip ? inflated(stream) : stream).toString().split("\n\n").length - 1;
    };
    for (let i = 0; eventsIn() < EVENTS; i++) {
      await happenings[i % happenings.length]!();
      await broker.html(parseRegion("value")); // the end of a frame
    }
    const stream = Buffer.concat(written);
    const count = eventsIn();
    expect(stream.length).toBeLessThan(most);

    const bad = new Set<number>();
    const compare = async () => {
      for (const [bytes, reader] of readers.slice(0, stream.length + 1).entries()) {
        for (const region of parseRegions(PAGE))
          if (reader.html(region) !== (await broker.html(region))) bad.add(bytes);
        if (reader.errors.length > 0) bad.add(bytes);
      }
    };
    for (const [bytes, reader] of readers.slice(0, stream.length + 1).entries()) {
      reader.write(stream);
      reader.cut(bytes);
      await reader.connect("header");
      reader.read();
    }
    await compare();
    // And it goes on from there.
    for (const happen of happenings) {
      await happen();
      await broker.html(parseRegion("value"));
      for (const reader of readers) reader.read();
    }
    await compare();
    await broker.close();
    console.log(`a ${kind} stream of ${count} events cut at each of its ${stream.length} bytes: bad pages ${bad.size}`);
    expect([...bad]).toEqual([]);
  },
  120_000,
);

import { expect, test } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { parseRegions } from "../../../src/engine/core/region.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { viewsOf } from "../../support/views.ts";

const KEEP = 5;
const ITEM = '<li id="<%= id %>"><%= data %></li>';

test("all that an event of a full list has beside its item is 97 bytes: where, what it evicts, and how far the page is", async () => {
  const renderer = viewsOf({ "widgets/bench.eta": `---\nkind: log\nkeep: ${KEEP}\n---\n${ITEM}` });
  const broker = await Broker.open({ log: new MemoryLog(), renderer, heartbeatMs: 1e6 });
  const publish = (data: string) => broker.publish([{ topic: parseTopic("bench"), data }]);
  for (let i = 0; i < KEEP; i++) await publish("x");
  const events: string[] = [];
  const sink = { write: (bytes: Buffer) => events.push(bytes.toString()) > 0, end: () => {} };
  await broker.subscribe({ regions: parseRegions("bench"), as: "html", cursor: broker.cursor() }, sink);
  const cursor = await publish("the sixth");
  const item = '<li id="bench_6">the sixth</li>';
  const wanted =
    `id:${cursor}\n` + `data:<br hx-swap-oob=delete:#bench_1><hx-partial id=bench hx-swap=beforeend>${item}\n\n`;
  expect(events.at(-1)).toBe(wanted);
  console.log(`an event of a list that is full: ${wanted.length - item.length} bytes beside its item`);
  expect(wanted.length - item.length).toBeLessThanOrEqual(97);
  await broker.close();
});

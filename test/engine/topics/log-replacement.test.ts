import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { formatCursor, parseCursor } from "../../../src/engine/core/cursor.ts";
import { JsonText } from "../../../src/engine/core/json.ts";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import type { Draft } from "../../../src/engine/log/record.ts";
import { FatefulLog } from "../../support/log.ts";
import { Reader } from "../../support/reader.ts";
import { renderer } from "../../support/renderer.ts";

const [value, list] = ["value", "list"].map(parseTopic) as [never, never];
const listed = (data: string): Draft => ({ op: "publish", topic: list, json: JsonText.of(data), retain: 4 });

let log: FatefulLog;
let broker: Broker;
let page: Reader;
beforeEach(async () => {
  log = new FatefulLog();
  broker = await Broker.open({ log, renderer: renderer(), heartbeatMs: 1e6 });
  page = new Reader(broker);
});
afterEach(() => broker.close());

const publish = (topic: never, data: string) => broker.publish([{ topic, data }]);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Makes reads of the log wait. @returns what lets them go on */
function holdReads(): () => void {
  let read = () => {};
  log.gate = new Promise((resolve) => {
    read = resolve;
  });
  return read;
}

/** The page reads all there is, and shows what a fresh page would. */
async function expectRight(): Promise<void> {
  await settled();
  await broker.html(parseRegion("value"));
  page.read();
  expect(page.errors).toEqual([]);
  for (const name of ["value", "list"]) {
    expect(page.html(parseRegion(name)), name).toBe(await broker.html(parseRegion(name)));
  }
}

async function open(): Promise<void> {
  await page.load("value,list");
  await page.connect("header");
}

describe("when another log takes the place of the one before", () => {
  test("every open page shows what that one holds", async () => {
    await publish(list, "old");
    await publish(value, "old");
    await open();
    await log.replace([listed("new")]);
    await expectRight();
    expect(page.html(parseRegion("list"))).toContain("new");
    expect(page.html(parseRegion("list"))).not.toContain("old");
    expect(page.html(parseRegion("value"))).toContain("waiting");
  });

  test("a page that comes back with a cursor of the old one is reset, though the new one has got as far", async () => {
    await publish(list, "old");
    await open();
    page.cut(0);
    await log.replace([listed("new")]);
    await settled();
    await page.connect("header");
    await expectRight();
    expect(page.html(parseRegion("list"))).toContain("new");
  });

  test("cursors name the new one, and say where that is, even if it is not as far", async () => {
    for (const data of ["1", "2", "3"]) await publish(list, data);
    const before = parseCursor(broker.cursor())!;
    await log.replace([listed("new")]);
    await settled();
    expect(parseCursor(broker.cursor())).toEqual({ ...before, log: log.id, seq: 1 });
    expect(parseCursor(await publish(list, "newer"))).toEqual({ ...before, log: log.id, seq: 2 });
  });

  test("pages stay as they are until it has been read, and lose nothing that is published meanwhile", async () => {
    await publish(list, "old");
    await open();
    const read = holdReads();
    const old = broker.cursor();
    await log.replace([listed("new")]);
    const published = publish(list, "meanwhile");
    await settled();
    expect(broker.cursor()).toBe(old);
    page.read();
    expect(page.html(parseRegion("list"))).toContain("old");
    read();
    expect(parseCursor(await published)).toMatchObject({ log: log.id, seq: 2 });
    await publish(list, "later");
    await expectRight();
    for (const data of ["new", "meanwhile", "later"]) expect(page.html(parseRegion("list"))).toContain(data);
  });

  test("a topic that was being read is read again", async () => {
    await publish(list, "old");
    const read = holdReads();
    const html = broker.html(parseRegion("list"));
    await settled(); // the old record is on its way
    await log.replace([listed("new")]);
    read();
    expect(await html).toContain("new");
    expect(await html).not.toContain("old");
  });

  test("until this node has read it, a page that had more of the old one is told to come back", async () => {
    const { seq, ...here } = parseCursor(await publish(list, "1"))!;
    await open();
    const read = holdReads();
    await log.replace([listed("new")]);
    const lastEventId = formatCursor({ ...here, seq: seq + 1 });
    const subscription = { regions: [parseRegion("list")], as: "html" as const, lastEventId };
    const sink = { write: () => true, end: () => {} };
    await expect(broker.subscribe(subscription, sink)).rejects.toMatchObject({ code: "broker_unavailable" });
    read();
    await expectRight();
    await broker.subscribe(subscription, sink);
  });

  test("however many topics it shows, and though reading fails at first", async () => {
    const names = Array.from({ length: 120 }, (_, i) => `list/${i}`);
    await broker.publish(names.map((name) => ({ topic: parseTopic(name), data: "old" })));
    for (const name of names) await broker.html(parseRegion(name));
    log.lose();
    await log.replace(
      names.map((name) => ({ op: "publish", topic: parseTopic(name), json: JsonText.of("new"), retain: 4 })),
    );
    await settled();
    expect(await broker.html(parseRegion("list/7"))).toContain("old");
    log.find();
    for (const name of names) await expect.poll(() => broker.html(parseRegion(name))).toContain("new");
  });

  test("and yet another before that was read, the last one counts", async () => {
    await publish(list, "old");
    await open();
    const read = holdReads();
    await log.replace([listed("first")]);
    await log.replace([listed("second")]);
    read();
    await expectRight();
    expect(page.html(parseRegion("list"))).toContain("second");
    expect(page.html(parseRegion("list"))).not.toContain("first");
  });
});

describe("while the log cannot be reached", () => {
  async function told(reads: () => boolean = () => true) {
    let text = "";
    const write = (bytes: Buffer) => {
      text += bytes;
      return reads();
    };
    const subscriber = await broker.subscribe({ regions: [parseRegion("list")], as: "html" }, { write, end: () => {} });
    const news = () => {
      const read = text;
      text = "";
      return read;
    };
    return Object.assign(news, { subscriber });
  }

  test("every page says that it may be old, those that come too, until it is back", async () => {
    await publish(list, "1");
    const early = await told();
    expect(early()).not.toContain("data_away");
    log.lose();
    expect(early()).toContain("data_away");
    const late = await told();
    expect(late()).toMatch(/data_away.*id=list /s);
    log.find();
    for (const news of [early, late]) expect(news()).toContain("id=_notice hx-swap=innerHTML></hx-partial>");
  });

  test("a page that was behind when it came back is told with the next heartbeat", async () => {
    await broker.close();
    broker = await Broker.open({ log, renderer: renderer(), heartbeatMs: 150 });
    let reads = true;
    const page = await told(() => reads);
    log.lose();
    expect(page()).toContain("data_away");
    reads = false;
    broker.notify("a mistake"); // fills its socket
    broker.notify("");
    log.find();
    page();
    reads = true;
    page.subscriber.onDrain();
    await expect.poll(page).toContain("id=_notice hx-swap=innerHTML></hx-partial>");
  });

  test("the author's mistake is the more urgent, and each goes by itself", async () => {
    const news = await told();
    log.lose();
    broker.notify("a mistake");
    expect(news()).toMatch(/data_away.*a mistake/s);
    log.find();
    expect(news()).toContain("a mistake");
    log.lose();
    broker.notify("");
    expect(news()).toMatch(/a mistake.*data_away/s);
  });

  test("a page that has more than this node is told to come back, and not taken back", async () => {
    const { seq, ...here } = parseCursor(await publish(list, "1"))!;
    const ahead = formatCursor({ ...here, seq: seq + 1 });
    const subscription = { regions: [parseRegion("list")], as: "html" as const, lastEventId: ahead };
    const sink = { write: () => true, end: () => {} };
    await broker.html(parseRegion("list"));
    log.lose();
    await broker.subscribe({ ...subscription, lastEventId: formatCursor({ ...here, seq }) }, sink);
    await expect(broker.subscribe(subscription, sink)).rejects.toMatchObject({ code: "broker_unavailable" });
    const opened = broker.subscribe(subscription, sink);
    log.find();
    await publish(list, "2");
    await opened;
  });

  test("what this node knows is shown; what it does not know, and what is published, is refused", async () => {
    await publish(list, "1");
    await broker.html(parseRegion("list"));
    log.lose();
    expect(await broker.html(parseRegion("list"))).toContain("1");
    const refused = { status: 503, code: "broker_unavailable" };
    await expect(broker.html(parseRegion("long"))).rejects.toMatchObject(refused);
    await expect(publish(list, "2")).rejects.toMatchObject(refused);
    log.find();
    await publish(list, "3");
    expect(await broker.html(parseRegion("list"))).toContain("3");
  });
});

test("what was read ahead of what this node has delivered is shown once it has that, and not to whoever asks again", async () => {
  log.fallBehind();
  await log.append([listed("1")]);
  await expect(broker.html(parseRegion("list"))).rejects.toMatchObject({ code: "broker_unavailable" });
  const again = broker.html(parseRegion("list"));
  expect(await Promise.race([again, settled()])).toBe(undefined);
  log.catchUp();
  expect(await again).toContain("1");
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { LocalLeases } from "../../../src/engine/core/lease.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { parseTopic, type Topic } from "../../../src/engine/core/topic.ts";
import type { Entry } from "../../../src/engine/log/record.ts";
import { CurrentValue, every, type Source, UNCHANGED, watching } from "../../../src/engine/sources/every.ts";
import { Runner } from "../../../src/engine/sources/runner.ts";
import { ClockedLog } from "../../support/log.ts";
import { Reader } from "../../support/reader.ts";
import { renderer } from "../../support/renderer.ts";

const SECOND = 1_000;
/** Its widget has a stale_after of ten seconds, as the renderer of tests says. */
const brisk = parseTopic("brisk");
const region = parseRegion("brisk");
const OLD = "<p></p>";

let log: ClockedLog;
let broker: Broker;
let made: ReturnType<typeof renderer>;
let errors: unknown[];
let entries: Entry[];
beforeEach(async () => {
  vi.useFakeTimers();
  errors = [];
  made = renderer();
  log = new ClockedLog();
  broker = await Broker.open({ log, renderer: made, onError: (error) => errors.push(error) });
  entries = [];
  broker.watch(brisk, (entry) => entries.push(entry));
});
afterEach(async () => {
  const closed = broker.close();
  await vi.advanceTimersByTimeAsync(SECOND);
  await closed;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  expect(errors).toEqual([]);
});

const publish = (data: number, topic: Topic = brisk) => broker.publish([{ topic, data }]);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const said = () => entries.map(({ op }) => op);

describe("a topic to which nothing new comes for its widget's stale_after", () => {
  test("says so to the open page once, and is fresh again with the next value", async () => {
    await publish(1);
    const page = new Reader(broker);
    await page.load("brisk");
    await page.connect("url");
    await pass(9 * SECOND);
    page.read();
    expect(page.html(region)).not.toContain(OLD);
    await pass(2 * SECOND);
    page.read();
    expect(page.html(region)).toContain(OLD);
    await pass(60 * SECOND);
    expect(said()).toEqual(["publish", "stale"]);
    await publish(1);
    await pass(SECOND);
    page.read();
    expect(page.html(region)).not.toContain(OLD);
    page.cut(0);
  });

  test("says so on the first page that shows it, and to the first program that asks, though nobody looked before", async () => {
    const [shown, asked, kept] = ["shown", "asked", "kept"].map((name) => parseTopic(`brisk/${name}`)) as Topic[];
    for (const topic of [shown!, asked!, kept!]) await publish(1, topic);
    await pass(60 * SECOND);
    const appended = await log.append([]);
    expect(appended).toBe(3); // nothing was done for topics that nobody looked at
    expect(await broker.html(parseRegion(shown!))).toContain(OLD);
    expect(await broker.still(parseRegion(kept!))).toContain(OLD);
    expect((await broker.read(asked!)).stale).toMatchObject({ reason: "" });
    expect(await log.append([])).toBe(6);
  });

  test("is asked for once by a thousand visitors who come at the same time", async () => {
    await publish(1);
    log.pass(60 * SECOND);
    const append = vi.spyOn(log, "append");
    const pages = await Promise.all(Array.from({ length: 1_000 }, () => broker.html(region)));
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain(OLD);
    expect(append).toHaveBeenCalledTimes(1);
  });

  test("says nothing where it was never published to, was emptied, or has ended", async () => {
    const [never, emptied, ended] = ["never", "emptied", "ended"].map((name) => parseTopic(`brisk/${name}`)) as Topic[];
    for (const topic of [emptied!, ended!]) await publish(1, topic);
    await broker.clear(emptied!);
    await broker.end(ended!);
    log.pass(60 * SECOND);
    for (const topic of [never!, emptied!, ended!]) expect(await broker.html(parseRegion(topic))).not.toContain(OLD);
    await pass(SECOND);
    expect(await log.append([])).toBe(4);
  });

  test("is shown as it is where the log takes nothing just now, and says so once that does", async () => {
    await publish(1);
    log.pass(60 * SECOND);
    vi.spyOn(log, "append").mockRejectedValueOnce(new Problem(507, "log_full", "Full."));
    expect(await broker.html(region)).not.toContain(OLD);
    expect(await broker.html(region)).toContain(OLD);
  });

  test("gives its source time to say something new before its first page is shown, and no longer", async () => {
    await publish(1);
    log.pass(60 * SECOND);
    const waited = broker.waitForValue(brisk, 300).then(() => "waited");
    await pass(100);
    await publish(2);
    expect(await waited).toBe("waited");
    expect(await broker.html(region)).not.toContain(OLD);
    expect(said()).toEqual(["publish", "publish"]);
  });

  test("needs no notice where its source finds before its first page is shown that its value is still so", async () => {
    await publish(1);
    log.pass(60 * SECOND);
    const waited = broker.waitForValue(brisk, 300).then(() => "waited");
    await pass(100);
    await broker.confirm(brisk);
    expect(await waited).toBe("waited");
    expect(await broker.html(region)).not.toContain(OLD);
    expect(said()).toEqual(["publish", "touch"]);
  });

  test("of two thousand that are looked at says so for each, some at a time", async () => {
    const topics = Array.from({ length: 2_000 }, (_, i) => parseTopic(`brisk/${i}`));
    for (const topic of topics) await publish(1, topic);
    await Promise.all(topics.map((topic) => broker.html(parseRegion(topic))));
    const append = vi.spyOn(log, "append");
    log.pass(60 * SECOND);
    await pass(SECOND);
    expect(append).toHaveBeenCalledTimes(10);
    expect(Math.max(...append.mock.calls.map(([drafts]) => drafts.length))).toBe(200);
    expect(await log.append([])).toBe(4_000);
  });
});

describe("a topic whose value is confirmed", () => {
  test("is not stale, and costs an append now and then and its page nothing, however often that is", async () => {
    await publish(1);
    const page = new Reader(broker);
    await page.load("brisk");
    await page.connect("url");
    page.read();
    const written = vi.spyOn(page, "write");
    made.rendered = 0;
    for (let i = 0; i < 600; i++) {
      await pass(100);
      await broker.confirm(brisk);
    }
    expect(new Set(said().slice(1))).toEqual(new Set(["touch"]));
    // Sixty seconds, a third of ten seconds each.
    expect(entries.length - 1).toBeLessThanOrEqual(18);
    const sent = written.mock.calls.map(([bytes]) => bytes.toString());
    expect(sent.filter((text) => text.includes("brisk"))).toEqual([]);
    expect(made.rendered).toBe(0);
    page.cut(0);
  });

  test("is fresh again at once where it was stale, with the value and the time that it had", async () => {
    await publish(1);
    const values = async () => [...(await broker.record(brisk)).values.values()];
    const before = await values();
    log.pass(60 * SECOND);
    expect(await broker.html(region)).toContain(OLD);
    await broker.confirm(brisk);
    expect(await broker.html(region)).not.toContain(OLD);
    expect(await values()).toEqual(before);
  });

  test("of a widget without stale_after costs nothing at all", async () => {
    const value = parseTopic("value");
    await publish(1, value);
    log.pass(60 * SECOND);
    await broker.confirm(value);
    expect(await log.append([])).toBe(1);
  });
});

describe("a deploy", () => {
  const deploy = (staleAfterMs: number | undefined) =>
    broker.refresh({ ...renderer(`v${staleAfterMs}`), staleAfterMs: () => staleAfterMs });
  let page: Reader;
  const looks = async () => {
    await pass(SECOND);
    page.read();
    const now = page.html(region)!.includes(OLD);
    expect((await broker.html(region)).includes(OLD)).toBe(now);
    return now;
  };
  beforeEach(async () => {
    await publish(1);
    page = new Reader(broker);
    await page.load("brisk");
    await page.connect("url");
  });
  afterEach(() => page.cut(0));

  test("that takes stale_after away, lengthens or shortens it, or brings it back holds for what is there", async () => {
    log.pass(30 * SECOND);
    expect(await looks()).toBe(true);
    deploy(undefined);
    expect(await looks()).toBe(false);
    deploy(20 * SECOND);
    expect(await looks()).toBe(true);
    deploy(60 * SECOND);
    expect(await looks()).toBe(false);
    log.pass(30 * SECOND);
    expect(await looks()).toBe(true);
    deploy(10 * SECOND);
    expect(await looks()).toBe(true);
    expect(said()).toEqual(["publish", "stale", "stale", "stale"]); // of 10, of 20 and of 60 seconds
  });

  test("changes nothing for a source that has said why nothing comes", async () => {
    await broker.stale(brisk, "The source is away.");
    log.pass(60 * SECOND);
    deploy(undefined);
    await pass(SECOND);
    expect(await broker.html(region)).toContain("<p>The source is away.</p>");
    expect(said()).toEqual(["publish", "stale"]);
  });
});

describe("a source", () => {
  let runner: Runner;
  const run = (source: Source) => {
    const report = (text: string, error?: unknown) => errors.push([text, error]);
    runner = new Runner({ source, topic: brisk, outlet: broker, leases: new LocalLeases(), report });
  };
  const stop = async () => {
    runner.stop();
    await pass(SECOND);
    await runner.done;
  };

  test("that finds the same value again and again keeps its topic fresh", async () => {
    for (const source of [
      every(SECOND, () => 7),
      watching(every(SECOND, () => UNCHANGED as never)),
      every(SECOND, () => new CurrentValue(7) as never),
    ]) {
      run(source);
      await pass(60 * SECOND);
      await stop();
      expect(said()).not.toContain("stale");
    }
    const before = entries.length;
    await broker.html(region);
    await pass(12 * SECOND);
    expect(said().slice(before)).toEqual([]); // nobody looks
    expect(await broker.html(region)).toContain(OLD);
  });

  test("whose new value was refused confirms nothing by finding that one again", async () => {
    await publish(1);
    run(
      watching(
        (async function* () {
          yield "throw";
          for (;;) {
            await new Promise((resolve) => setTimeout(resolve, SECOND));
            yield UNCHANGED;
          }
        })(),
      ),
    );
    await broker.html(region);
    await pass(4 * SECOND);
    expect(said()).toEqual(["publish"]);
    await stop();
    expect(errors.splice(0)).toMatchObject([["source brisk: a value was refused", { code: "render_failed" }]]);
  });

  test("that has told why nothing comes is not marked a second time", async () => {
    await publish(1);
    await broker.html(region);
    run({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("down")) }),
    });
    await pass(9 * SECOND);
    await broker.html(region);
    await pass(9 * SECOND);
    await broker.html(region);
    expect(said()).toEqual(["publish", "stale"]);
    expect(entries[1]).toMatchObject({ reason: expect.stringContaining("No new values are arriving") });
    await stop();
    expect(errors.splice(0)).toMatchObject([["source brisk failed and will be started again", expect.anything()]]);
  });
});

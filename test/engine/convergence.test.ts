import fc from "fast-check";
import { expect, test } from "vitest";
import { Broker } from "../../src/engine/broker/broker.ts";
import { Problem } from "../../src/engine/core/problem.ts";
import { parseRegion } from "../../src/engine/core/region.ts";
import { parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import type { Log } from "../../src/engine/log/log.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { Model } from "../support/model.ts";
import { Reader, type Return } from "../support/reader.ts";
import { TestRedis } from "../support/redis.ts";
import { renderer } from "../support/renderer.ts";

const REGIONS = ["value", "list", "list/b", "long", "some", "some?of=2", "some?of=3"];

type Step =
  | { do: "publish"; topic: string; data: number | string; item: string | undefined }
  | { do: "remove"; topic: string; item: string }
  | { do: "clear" | "end" | "stale" | "confirm"; topic: string }
  | { do: "load"; reader: number; regions: string[] }
  | { do: "connect"; reader: number; how: Return; regions: string[] }
  | { do: "cut"; reader: number; bytes: number }
  | { do: "read"; reader: number }
  | { do: "templates" }
  | { do: "frame" };

const topic = fc.constantFrom("value", "list", "list", "list/b", "long", "some", "some");
const logTopic = fc.constantFrom("list", "list", "long", "some");
const item = fc.constantFrom("a", "b", "c", "ü/1");
const reader = fc.nat({ max: 3 });
const regions = fc.uniqueArray(fc.constantFrom(...REGIONS), { minLength: 1, maxLength: REGIONS.length });
const data = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 12 }) },
  { weight: 1, arbitrary: fc.constant("x".repeat(30_000)) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("publish" as const), topic, data, item: fc.constant(undefined) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("publish" as const), topic: logTopic, data, item }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), topic: logTopic, item }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("clear" as const, "stale" as const, "end" as const), topic }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("confirm" as const), topic }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("load" as const), reader, regions }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("connect" as const),
      reader,
      how: fc.constantFrom<Return[]>("header", "header", "header", "url", "join"),
      regions,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("cut" as const), reader, bytes: fc.nat({ max: 3_000 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("read" as const), reader }) },
  { weight: 1, arbitrary: fc.constant({ do: "templates" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "frame" as const }) },
);

const PROMISE =
  "whatever is published, replaced, removed or cleared, and however readers are cut and come back, every page ends as the fresh page";

test(PROMISE, async () => {
  await converges(async () => new MemoryLog(), Number(process.env.RUNS ?? 1_500));
}, 120_000);

test(`on Redis: ${PROMISE}`, async () => {
  const redis = await TestRedis.start();
  const open = async () => {
    await redis.cli("flushall");
    return RedisLog.open({ url: new URL(redis.url), report: () => {} });
  };
  await converges(open, Number(process.env.RUNS ?? 60)).finally(() => redis.stop());
}, 120_000);

async function converges(open: () => Promise<Log>, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      let templates = renderer();
      const model = new Model(() => templates);
      const broker = await Broker.open({ log: await open(), renderer: templates, heartbeatMs: 1e6, onError: failed });
      // Of four at first two share one compressed stream.
      const readers = [new Reader(broker), new Reader(broker, true), new Reader(broker), new Reader(broker, true)];
      for (const reader of readers) await reader.load("value,list,some?of=2");
      for (const [i, step] of steps.entries()) {
        if (step.do === "templates") {
          templates = renderer(`v${i + 2}`);
          broker.refresh(templates);
        } else await take(step, broker, model, readers);
      }
      for (const reader of readers) await settle(broker, model, reader);
      await broker.close();
    }),
    { numRuns, endOnFailure: false },
  );
}

async function take(step: Step, broker: Broker, model: Model, readers: Reader[]): Promise<void> {
  switch (step.do) {
    case "publish": {
      const item = step.item === undefined ? undefined : parseItem(step.item);
      try {
        await broker.publish([{ topic: parseTopic(step.topic), data: step.data, item }]);
      } catch (error) {
        failed(error);
        return; // the present templates cannot take it
      }
      model.publish(step.topic, step.data, step.item);
      return;
    }
    case "remove":
      model.remove(step.topic, step.item);
      await broker.remove(parseTopic(step.topic), parseItem(step.item));
      return;
    case "clear":
      model.clear(step.topic);
      await broker.clear(parseTopic(step.topic));
      return;
    case "end":
      model.end();
      await broker.end(parseTopic(step.topic));
      return;
    case "stale":
      model.stale(step.topic);
      await broker.stale(parseTopic(step.topic), "gone");
      return;
    case "confirm":
      model.confirm(step.topic);
      await broker.confirm(parseTopic(step.topic));
      return;
    case "load":
      return readers[step.reader]!.load(step.regions.join());
    case "connect":
      return readers[step.reader]!.connect(step.how, step.regions.join());
    case "cut":
      return readers[step.reader]!.cut(step.bytes);
    case "read":
      return readers[step.reader]!.read();
    case "templates":
      return;
    case "frame": // the end of a frame: what was coalesced is fanned out
      await broker.html(parseRegion("value"));
  }
}

/** The reader comes back once more, and reads all there is; then its page is compared. */
async function settle(broker: Broker, model: Model, reader: Reader): Promise<void> {
  reader.read();
  await reader.connect("header");
  await broker.html(parseRegion("value"));
  reader.read();
  expect(reader.errors).toEqual([]);
  for (const name of reader.names.split(",")) {
    const region = parseRegion(name);
    expect(reader.html(region), name).toBe(model.html(region));
    expect(await broker.html(region), name).toBe(model.html(region));
  }
}

/** Templates that cannot take a value are to be lived with; nothing else is. */
function failed(error: unknown): void {
  if (!(error instanceof Problem) || error.code !== "render_failed") throw error;
}

import { describe, expect, onTestFinished, test } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { parseRegions } from "../../../src/engine/core/region.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { Durations, Metrics } from "../../../src/engine/ops/metrics.ts";
import { FatefulLog } from "../../support/log.ts";
import { Raw } from "../../support/raw.ts";
import { renderer } from "../../support/renderer.ts";
import { start } from "../../support/server.ts";

const [value, list] = ["value", "list"].map(parseTopic) as [never, never];

async function open() {
  const log = new FatefulLog();
  const metrics = new Metrics();
  const broker = await Broker.open({ log, renderer: renderer(), heartbeatMs: 1e6, metrics });
  onTestFinished(() => broker.close());
  const connect = async (more: { lastEventId?: string; cursor?: string } = {}) => {
    const reader = { bytes: 0, full: false };
    const sink = {
      write: (bytes: Buffer) => {
        reader.bytes += bytes.length;
        return !reader.full;
      },
      end: () => {},
    };
    const subscription = { regions: parseRegions("value,list"), as: "html" as const, ...more };
    const subscriber = await broker.subscribe(subscription, sink);
    return Object.assign(reader, { subscriber });
  };
  const publish = (topic: never, data: number | string) => broker.publish([{ topic, data }]);
  return { broker, log, metrics, connect, publish };
}

describe("what is counted", () => {
  test("an event to three readers is three deliveries and one render, and its publish one append", async () => {
    const { metrics, connect, publish } = await open();
    await publish(list, 0);
    const readers = [await connect(), await connect(), await connect()];
    const renders = metrics.renders.count;
    for (let data = 1; data < 3; data++) await publish(list, data);
    await expect.poll(() => metrics.deliveries).toBe(6); // the second may wait for the end of the turn
    expect(metrics.publishes).toBe(3);
    expect(metrics.renders.count - renders).toBe(2);
    expect([metrics.appends.count, metrics.dryRuns.count]).toEqual([3, 3]);
    expect(metrics.bytes).toBe(readers.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  test("what is too large for one write, event by event, as far as each reader takes it", async () => {
    const { broker, metrics, connect } = await open();
    await broker.publish([{ topic: list, data: 0 }]);
    const readers = [await connect(), await connect()];
    readers[1]!.full = true;
    const data = "x".repeat(12_000);
    await broker.publish([1, 2].map(() => ({ topic: list, data })));
    expect(metrics.deliveries).toBe(2 + 1);
    expect(metrics.bytes).toBe(readers.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  test("a reader that stops is behind, and is one catch-up once it reads again", async () => {
    const { broker, metrics, connect, publish } = await open();
    const reader = await connect();
    const before = metrics.catchUps;
    reader.full = true;
    for (let data = 0; data < 3; data++) await publish(value, data);
    expect(broker.behind).toBe(1);
    expect(metrics.deliveries).toBe(1);
    reader.full = false;
    reader.subscriber.onDrain();
    expect(broker.behind).toBe(0);
    expect(metrics.catchUps - before).toBe(1);
  });

  test("each reset by its reason, and each page that came back", async () => {
    const { broker, log, metrics, connect, publish } = await open();
    const old = await publish(list, 1);
    const now = await publish(list, 2);
    const [logId, views, shell] = now.split("-");
    const cursor = (...parts: unknown[]) => ({ lastEventId: parts.join("-") });
    await connect();
    await connect({ lastEventId: "garbage" });
    await connect({ lastEventId: "reset" });
    await connect(cursor("other", views, shell, 1));
    await connect(cursor(logId, "other", shell, 1));
    await connect(cursor(logId, views, shell, 999));
    await connect({ cursor: old });
    await connect({ cursor: now }); // nothing has moved
    const exact = await connect({ lastEventId: old });
    expect(Object.fromEntries(metrics.resets)).toEqual({
      no_cursor: 1,
      cursor_invalid: 1,
      cut_in_catch_up: 1,
      other_log: 1,
      other_views: 1,
      ahead: 1,
      url_cursor: 1,
    });
    expect(metrics.heals.get("last_event_id")).toBe(6);

    broker.refresh(renderer("v2"));
    expect(metrics.resets.get("templates_changed")).toBe(9);
    exact.subscriber.close();
    await log.replace();
    await expect.poll(() => metrics.resets.get("log_replaced")).toBe(8);
  });

  test("each time that the log is lost", async () => {
    const { broker, log, metrics } = await open();
    log.lose();
    expect([broker.isReachable, metrics.logLosses]).toEqual([false, 1]);
    log.find();
    expect([broker.isReachable, metrics.logLosses]).toEqual([true, 1]);
  });

  test("each refusal by its code, whoever refuses: a route, a form, or the parser of requests", async () => {
    const press = () => {
      throw new Error("of nobody");
    };
    const server = await start({ actions: { failing: { fields: undefined, run: press } } });
    const json = { "content-type": "application/json" };
    const post = (path: string, body: string, headers = {}) =>
      fetch(server.url + path, { method: "POST", body, headers });
    await post("/publish/nowhere", "1", json);
    await post("/publish/feed", "{", json);
    for (const accept of ["text/html", "application/json"]) {
      const headers = { accept, "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
      await post("/actions/failing", "", headers);
    }
    await new Raw(server.port).send("GET  HTTP/1.1", "", "").end();
    await new Raw(server.port).send("GET /#a HTTP/1.1", "Host: localhost", "", "").until("url_invalid");
    expect(Object.fromEntries(server.metrics.refusals)).toEqual({
      topic_unknown: 1,
      json_invalid: 1,
      action_failed: 2,
      request_invalid: 1,
      url_invalid: 1,
    });
    expect([...server.metrics.actionFailures]).toEqual([["failing", 2]]);
    await server.close();
  });

  test("each failure of a source, by its widget", async () => {
    const failing = () => {
      throw new Error("of nobody");
    };
    const server = await start({ sources: { price: failing } });
    const reader = new Raw(server.port).send("GET /events?regions=price/ACME HTTP/1.1", "Host: localhost", "", "");
    await expect.poll(() => server.metrics.sourceFailures.get("price")).toBe(1);
    reader.socket.destroy();
    await server.close();
  });
});

test("durations are sorted by length, each bound with all that took no longer", () => {
  const durations = new Durations();
  for (const seconds of [0.000005, 0.00001, 0.002, 100]) durations.add(seconds);
  expect([durations.count, durations.sum]).toEqual([4, expect.closeTo(100.002015)]);
  const at = (bound: number) => durations.upTo.find((one) => one.bound === bound)?.count;
  expect([at(0.00001), at(0.001), at(0.003), at(3)]).toEqual([2, 2, 3, 3]);
});

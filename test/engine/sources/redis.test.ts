import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { LocalLeases } from "../../../src/engine/core/lease.ts";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { CurrentValue } from "../../../src/engine/sources/every.ts";
import { redisAddress, redisChannel, redisKey } from "../../../src/engine/sources/redis.ts";
import { Runner } from "../../../src/engine/sources/runner.ts";
import { ClockedLog } from "../../support/log.ts";
import { FakeOutlet } from "../../support/outlet.ts";
import { TestRedis } from "../../support/redis.ts";
import { renderer } from "../../support/renderer.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  await redis.restart(); // without an append-only file it comes back empty
});

const open: AsyncIterator<unknown>[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const values of open.splice(0)) await values.return!();
});

function start(source: AsyncIterable<unknown>): AsyncIterator<unknown> {
  const values = source[Symbol.asyncIterator]();
  open.push(values);
  return values;
}

const next = async (values: AsyncIterator<unknown>) => {
  const { value } = await values.next();
  return value instanceof CurrentValue ? value.value : value;
};

/** How often the server has carried out a command. */
async function calls(command: string): Promise<number> {
  const stats = await redis.cli("info", "commandstats");
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

/** Resolves once the source has looked at its key another time. */
async function looked(): Promise<void> {
  const before = await calls("strlen");
  // Two, since the first may have been under way.
  await vi.waitFor(async () => expect(await calls("strlen")).toBeGreaterThan(before + 1), 10_000);
}

/** The connections to the server, but for the one that asks. */
async function connections(): Promise<string[]> {
  return (await redis.cli("client", "list")).split("\n").filter((line) => !line.includes("cmd=client|list"));
}

const gone = () => vi.waitFor(async () => expect(await connections()).toEqual([]), 5_000);

describe("redisKey", () => {
  test("yields the value at once, then only what has changed, where Redis announces nothing", async () => {
    await redis.cli("set", "price", "1");
    const values = start(redisKey("price", { url: redis.url, ms: 20 }));
    expect(await next(values)).toBe(1);
    const second = next(values);
    await looked();
    await redis.cli("set", "price", "1");
    await looked();
    await redis.cli("set", "price", "2");
    expect(await second).toBe(2);
  });

  test("yields a change at once where Redis announces it, however long its interval", async () => {
    await redis.cli("config", "set", "notify-keyspace-events", "KA");
    await redis.cli("set", "price", "1");
    const values = start(redisKey("price", { url: redis.url, ms: 600_000 }));
    expect(await next(values)).toBe(1);
    const second = next(values);
    const looks = await calls("strlen");
    await redis.cli("set", "price", "1");
    await vi.waitFor(async () => expect(await calls("strlen")).toBeGreaterThan(looks), 5_000);
    await redis.cli("incr", "price");
    expect(await second).toBe(2);
    // Both announcements were heard, and none was imagined.
    expect(await calls("strlen")).toBeLessThanOrEqual(looks + 2);
  });

  test("listens in the database that its URL names", async () => {
    await redis.cli("config", "set", "notify-keyspace-events", "K$gxe");
    await redis.cli("-n", "3", "set", "price", "1");
    const values = start(redisKey("price", { url: `${redis.url}/3`, ms: 600_000 }));
    expect(await next(values)).toBe(1);
    await redis.cli("set", "price", "0");
    await redis.cli("-n", "3", "set", "price", "2");
    expect(await next(values)).toBe(2);
  });

  test.each(["K$", "Kg$x", "EA", ""])("looks each interval where Redis announces only %j", async (flags) => {
    await redis.cli("config", "set", "notify-keyspace-events", flags);
    await redis.cli("set", "price", "1");
    const values = start(redisKey("price", { url: redis.url, ms: 20 }));
    expect(await next(values)).toBe(1);
    const second = next(values);
    await looked();
    await redis.cli("set", "price", "2");
    expect(await second).toBe(2);
  });

  test("looks each interval where it may neither read the setting nor listen", async () => {
    await redis.cli(
      "acl",
      "setuser",
      "reader",
      "on",
      ">secret",
      "~price",
      "resetchannels",
      "+get",
      "+strlen",
      "+client",
    );
    await redis.cli("set", "price", "1");
    const url = redis.url.replace("//", "//reader:secret@");
    const values = start(redisKey("price", { url, ms: 20 }));
    expect(await next(values)).toBe(1);
    await redis.cli("set", "price", "2");
    expect(await next(values)).toBe(2);
  });

  test("yields JSON as it is and anything else as text", async () => {
    const values = start(redisKey("price", { url: redis.url, ms: 20 }));
    expect(await next(values)).toBe(undefined);
    const sent = ['{"symbol":"ACME","change":-0.4}', "ACME 101.2", "", "null", '{"__proto__": 1}', "hé ✓", "NaN"];
    const seen: unknown[] = [];
    for (const text of sent) {
      await redis.cli("set", "price", text);
      seen.push(await next(values));
    }
    expect(seen).toEqual([{ symbol: "ACME", change: -0.4 }, "ACME 101.2", "", null, '{"__proto__": 1}', "hé ✓", "NaN"]);
  });

  test("says that there is no value while there is no key", async () => {
    const values = start(redisKey("price", { url: redis.url, ms: 20 }));
    expect(await next(values)).toBe(undefined);
    await redis.cli("set", "price", "1");
    expect(await next(values)).toBe(1);
    await redis.cli("del", "price");
    expect(await next(values)).toBe(undefined);
    await redis.cli("set", "price", "1");
    expect(await next(values)).toBe(1);
  });

  test("fails on a key that holds no string, and on one that is too long, with a sentence that says so", async () => {
    await redis.cli("lpush", "prices", "1");
    await redis.cli("setrange", "long", String(256 * 1024), "x");
    await expect(next(start(redisKey("prices", { url: redis.url })))).rejects.toThrow(
      "the Redis key prices holds a hash",
    );
    await expect(next(start(redisKey("long", { url: redis.url })))).rejects.toThrow("262145 bytes, and 262144 are the");
    await gone();
  });

  test("fails where Redis cannot be reached: the address and the fix, without the password", async () => {
    await redis.kill();
    const url = redis.url.replace("//", "//default:secret@");
    const error = await next(start(redisKey("price", { url }))).then(String, (error: Error) => error.message);
    expect(error).toBe(
      `cannot reach Redis at 127.0.0.1:${redis.port} (ECONNREFUSED). Is it running? Set REDIS_URL to where it is.`,
    );
  });

  test("fails where Redis refuses it: with what Redis said, without the password", async () => {
    await redis.cli("config", "set", "requirepass", "right");
    const url = redis.url.replace("//", "//default:wr0ng@");
    const error = await next(start(redisKey("price", { url }))).then(String, (error: Error) => error.message);
    expect(error).toMatch(`Redis at 127.0.0.1:${redis.port} refused: WRONGPASS`);
    expect(error).not.toContain("wr0ng");
  });

  test("fails when Redis stops answering, and return() waits for no answer", async () => {
    await redis.cli("set", "price", "1");
    const [failing, leaving] = [1, 2].map(() => start(redisKey("price", { url: redis.url, ms: 20 })));
    expect([await next(failing!), await next(leaving!)]).toEqual([1, 1]);
    redis.pause();
    const failure = expect(failing!.next()).rejects.toThrow("no answer within 5 s");
    const pending = leaving!.next();
    let failed = false;
    void failure.then(() => {
      failed = true;
    });
    await leaving!.return!();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(failed).toBe(false); // it is gone before the other has waited in vain
    await failure;
    redis.resume();
    await gone();
  });

  test("leaves nothing behind after return(), whether it connects, waits or was never started", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
    const source = redisKey("price", { url: redis.url });
    await start(source).return!();
    const connecting = start(source);
    const pending = connecting.next();
    await connecting.return!();
    expect((await pending).done).toBe(true);
    await gone();
    await redis.cli("set", "price", "1");
    const waiting = start(source);
    await waiting.next();
    expect(sockets()).toBe(1);
    const unanswered = waiting.next();
    await waiting.return!();
    expect((await unanswered).done).toBe(true);
    await gone();
    expect([vi.getTimerCount(), sockets()]).toEqual([0, 0]);
  });
});

describe("redisChannel", () => {
  const listening = () =>
    vi.waitFor(async () => expect(await redis.cli("pubsub", "numsub", "orders")).toMatch(/\b1$/), 5_000);

  test("yields each message in order: JSON as it is, anything else as text", async () => {
    const values = start(redisChannel("orders", { url: redis.url }));
    const first = next(values);
    await listening();
    for (const text of ['{"total":12}', "hello", "hello"]) await redis.cli("publish", "orders", text);
    expect([await first, await next(values), await next(values)]).toEqual([{ total: 12 }, "hello", "hello"]);
  });

  test("keeps 1,000 messages for a slow reader, and fails rather than leave one out", async () => {
    const publish = (n: number) => redis.cli("eval", `for i=1,${n} do redis.call('publish','orders',i) end`, "0");
    const values = start(redisChannel("orders", { url: redis.url }));
    const first = next(values);
    await listening();
    await publish(1);
    expect(await first).toBe(1);
    await publish(1_000);
    for (let i = 1; i <= 1_000; i++) expect(await next(values)).toBe(i);
    const last = next(values);
    await publish(1);
    expect(await last).toBe(1);
    await publish(1_001);
    const rest = async () => {
      for (;;) await next(values);
    };
    await expect(rest()).rejects.toThrow("the Redis channel orders is faster than the log, and");
    await gone();
  });

  test("fails when the connection is lost, which a quiet channel would not show", async () => {
    const values = start(redisChannel("orders", { url: redis.url }));
    const failure = expect(values.next()).rejects.toThrow(`cannot reach Redis at 127.0.0.1:${redis.port}`);
    await listening();
    await redis.kill();
    await failure;
  });

  test("leaves nothing behind after return()", async () => {
    const values = start(redisChannel("orders", { url: redis.url }));
    const first = values.next();
    await listening();
    await values.return!();
    expect(await first).toEqual({ done: true, value: undefined });
    await gone();
  });
});

describe("run for a topic", () => {
  const reports: string[] = [];
  const run = (outlet: FakeOutlet) =>
    new Runner({
      source: redisKey("price", { url: redis.url, ms: 20 }),
      topic: parseTopic("price"),
      outlet,
      leases: new LocalLeases(),
      report: (text, error) => reports.push(`${text}: ${(error as Error).message}`),
    });
  beforeEach(() => reports.splice(0));

  test("Redis is down at first: one line, a notice, and the value once it is there", async () => {
    await redis.kill();
    const outlet = new FakeOutlet();
    const runner = run(outlet);
    await outlet.nth(1);
    await redis.restart();
    await redis.cli("set", "price", "1");
    await outlet.nth(2);
    expect(outlet.said).toEqual(["stale price", "publish price 1"]);
    expect(reports).toEqual([expect.stringMatching("source price failed .*cannot reach Redis")]);
    runner.stop();
    await runner.done;
    await gone();
  });

  test("a steady key keeps its topic fresh, for as long as it is looked at", async () => {
    await redis.cli("set", "price", "1");
    const log = new ClockedLog();
    const broker = await Broker.open({ log, renderer: renderer() });
    const topic = parseTopic("brisk"); // stale after ten seconds
    const said: string[] = [];
    broker.watch(topic, ({ op }) => said.push(op));
    const runner = new Runner({
      source: redisKey("price", { url: redis.url, ms: 20 }),
      topic,
      outlet: broker,
      leases: new LocalLeases(),
      report: (text) => reports.push(text),
    });
    await vi.waitFor(() => expect(said).toEqual(["publish"]), 15_000);
    for (let looks = 2; looks < 6; looks++) {
      log.pass(4_000);
      await vi.waitFor(() => expect(said).toHaveLength(looks), 15_000);
    }
    expect(said).toEqual(["publish", "touch", "touch", "touch", "touch"]);
    expect(await broker.html(parseRegion("brisk"))).toBe("<b>v1 [1,[]]</b>");
    runner.stop();
    await runner.done;
    log.pass(60_000);
    expect(await broker.html(parseRegion("brisk"))).toBe("<b>v1 [1,[]]</b><p></p>");
    expect(reports).toEqual([]);
    await broker.close();
    await gone();
  });

  test("Redis goes and comes back: a notice, then the same value is found again, which ends the notice", async () => {
    await redis.cli("set", "price", "1");
    const outlet = new FakeOutlet();
    const runner = run(outlet);
    await outlet.nth(1);
    await redis.kill();
    await outlet.nth(2);
    await redis.restart();
    await redis.cli("set", "price", "1");
    await outlet.nth(3);
    expect(outlet.said).toEqual(["publish price 1", "stale price", "confirm price"]);
    expect(reports).toHaveLength(1);
    runner.stop();
    await runner.done;
    await gone();
  });
});

test("an address that is not valid is refused at once, without its password", () => {
  for (const url of ["localhost:6379", "http://x", "redis://u:secret@h/zero", "redis://:secret@ h", "redis:", "x"]) {
    expect(() => redisKey("price", { url })).toThrow(
      /^REDIS_URL is not valid. Write redis:\/\/host:port, such as [^@]+$/,
    );
  }
  expect(() => redisKey("price", { url: "rediss://user:pass@redis.example.com:6380/2" })).not.toThrow();
});

test("the address is taken from REDIS_URL, else from LOG_URL if that is a Redis, and an empty one is none", async () => {
  await redis.cli("set", "price", "1");
  vi.stubEnv("REDIS_URL", redis.url);
  vi.stubEnv("LOG_URL", "redis://127.0.0.1:1");
  expect(await next(start(redisKey("price")))).toBe(1);
  vi.stubEnv("REDIS_URL", "");
  vi.stubEnv("LOG_URL", redis.url);
  expect(await next(start(redisKey("price")))).toBe(1);
  vi.stubEnv("LOG_URL", "memory:");
  expect(redisAddress()).toBeUndefined();
  vi.stubEnv("REDIS_URL", "");
  expect(() => redisKey("price")).not.toThrow();
  vi.unstubAllEnvs();
});

import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Json } from "../../../../src/engine/core/json.ts";
import { JsonText } from "../../../../src/engine/core/json.ts";
import type { Problem } from "../../../../src/engine/core/problem.ts";
import { parseItem, parseTopic } from "../../../../src/engine/core/topic.ts";
import type { Log } from "../../../../src/engine/log/log.ts";
import {
  type Draft,
  type Entry,
  emptyRecord,
  fold,
  isBlank,
  overdueAt,
  type TopicRecord,
  versionOf,
} from "../../../../src/engine/log/record.ts";
import type { RedisLink } from "../../../../src/engine/log/redis/link.ts";
import { RedisLog } from "../../../../src/engine/log/redis/redis-log.ts";
import { RedisServer } from "../../../../src/engine/log/redis/server.ts";
import { FaultyProxy } from "../../../support/proxy.ts";
import { TestRedis } from "../../../support/redis.ts";
import { logContract } from "../contract.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
});
afterAll(() => redis.stop());

logContract("redis", async () => {
  await redis.cli("flushall");
  return RedisLog.open({ url: new URL(redis.url), now: () => Date.now(), report: () => {} });
});

const feed = parseTopic("feed");
const price = parseTopic("price");
const put = (data: Json, retain = 100): Draft => ({ op: "publish", topic: feed, json: JsonText.of(data), retain });
const unavailable = { status: 503, code: "broker_unavailable" };

const open: RedisLog[] = [];
beforeEach(() => redis.cli("flushall"));
afterEach(async () => {
  redis.resume();
  await Promise.all(open.splice(0).map((log) => log.close()));
});

async function openLog(url = redis.url): Promise<RedisLog> {
  const log = await RedisLog.open({ url: new URL(url), report: () => {} });
  open.push(log);
  return log;
}

/** What a log tells whoever follows it, in order: entries by their data, and its fate. */
async function follow(log: Log): Promise<string[]> {
  const told: string[] = [];
  const name = (entry: Entry) => (entry.op === "publish" ? JSON.stringify(entry.json.value) : entry.op);
  await log.follow((entries) => told.push(...entries.map(name)), {
    replaced: () => told.push("replaced"),
    reachable: (is) => told.push(is ? "found" : "lost"),
  });
  return told;
}

const until = (told: readonly string[], what: string) =>
  vi.waitFor(() => expect(told).toContain(what), { timeout: 15_000, interval: 5 });

const shown = async (log: Log) => [...(await log.read(feed)).values.values()].map(({ json }) => json.value);

test("of more than a million keys in Redis the oldest is forgotten", async () => {
  const log = await openLog();
  const first = { name: "first", fingerprint: "a hash" };
  const seq = await log.append([put(1)], { key: first });
  const fill = "for i = 1, 27027 do redis.call('ZADD', '{brooklet}:queue:_keys', 9e15, ARGV[1] .. '-' .. i) end";
  for (let i = 0; i < 37; i++) await redis.cli("eval", fill, "0", String(i));
  expect(await log.append([put(1)], { key: first })).toBe(seq);
  await log.append([put(2)], { key: { ...first, name: "one more" } });
  expect(await log.append([put(1)], { key: first })).toBeGreaterThan(seq);
});

describe("the record that is kept beside the stream", () => {
  const topic = fc.constantFrom(feed, price, parseTopic("price/ACME"));
  const item = fc.constantFrom("a", "b", 'q"/\\', "ü\u2028", "7").map(parseItem);
  const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JsonText.of(value as Json));
  const draft: fc.Arbitrary<Draft> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ op: fc.constant("publish" as const), topic, json, retain: fc.nat({ max: 4 }) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ op: fc.constant("publish" as const), topic, json, item, retain: fc.nat({ max: 4 }) }),
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("remove" as const), topic, item }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constantFrom("clear" as const, "end" as const), topic }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant("stale" as const), topic, reason: fc.string({ unit: "grapheme" }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant("stale" as const),
        topic,
        reason: fc.constant("" as const),
        quietMs: fc.constantFrom(-2, -1), // by which every topic with a value is overdue
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant("touch" as const), topic, confirms: fc.constant(true) }),
    },
  );

  test("is what the entries fold to, and the entries are the drafts, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(draft, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
        async (batches) => {
          await redis.cli("flushall");
          const log = await RedisLog.open({ url: new URL(redis.url), report: () => {} });
          const entries: Entry[] = [];
          await log.follow((more) => entries.push(...more));
          for (const batch of batches) await log.append(batch);
          const drafts = appended(batches.flat());
          await vi.waitFor(() => expect(entries).toHaveLength(drafts.length), { interval: 1, timeout: 15_000 });
          expect(entries.map(({ at, ...entry }) => entry)).toEqual(
            drafts.map((draft, i) => ({ ...JSON.parse(JSON.stringify(draft)), seq: i + 1 })),
          );
          for (const topic of new Set(drafts.map((draft) => draft.topic))) {
            const record = emptyRecord();
            for (const entry of entries) if (entry.topic === topic) fold(record, entry);
            const kept = await log.read(topic);
            expect(kept).toEqual(record);
            expect([...kept.values.keys()]).toEqual([...record.values.keys()]);
            const blank = await redis.cli("zscore", "{brooklet}:queue:_blank", topic);
            expect(blank !== "", topic).toBe(isBlank(record) && record.seq > 0);
          }
          await log.close();
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 60) },
    );
  }, 60_000);

  /** Without those that the log leaves out: notices of a quiet where there is none. */
  function appended(drafts: readonly Draft[]): Draft[] {
    const records = new Map<string, TopicRecord>();
    return drafts.filter((draft, i) => {
      const record = records.get(draft.topic) ?? emptyRecord();
      records.set(draft.topic, record);
      const quietMs = draft.op === "stale" ? draft.quietMs : undefined;
      if (quietMs !== undefined && overdueAt(record, quietMs) === Number.POSITIVE_INFINITY) return false;
      fold(record, { ...draft, seq: i + 1, at: 0 });
      return true;
    });
  }

  test("costs as much as one item to change one of 2,000", async () => {
    const log = await openLog();
    const named = (name: number, data: Json): Draft => ({ ...put(data, 2_000), item: parseItem(`i${name}`) }) as Draft;
    await log.append(Array.from({ length: 2_000 }, (_, i) => named(i, "x".repeat(1_000))));
    const before = Number(/aof_current_size:(\d+)/.exec(await redis.cli("info", "persistence"))![1]);
    await log.append([named(7, "changed")]);
    const after = Number(/aof_current_size:(\d+)/.exec(await redis.cli("info", "persistence"))![1]);
    expect(after - before).toBeLessThan(2_000);
    expect((await log.read(feed)).values.get("=i7")?.json.value).toBe("changed");
  });
});

describe("two nodes on one Redis", () => {
  test("lose nothing of what both add at once, each to what it has read", async () => {
    const nodes = [await openLog(), await openLog()];
    const add = async (log: Log): Promise<void> => {
      for (;;) {
        const record = await log.read(feed);
        const [count = 0] = [...record.values.values()].map(({ json }) => json.value as number);
        const expect = { topic: feed, versions: [versionOf(log.id, record)] };
        try {
          return void (await log.append([put(count + 1, 1)], { expect }));
        } catch (error) {
          if ((error as Problem).code !== "value_changed") throw error;
        }
      }
    };
    const turns = nodes
      .flatMap((log) => Array.from({ length: 4 }, () => log))
      .map(async (log) => {
        for (let i = 0; i < 25; i++) await add(log);
      });
    await Promise.all(turns);
    expect(await shown(nodes[0]!)).toEqual([200]);
  });

  test("of which one is an older version know a value of that one's from what was before", async () => {
    const log = await openLog();
    await log.append([put("first")]);
    const versions = [versionOf(log.id, await log.read(feed))];
    await log.append([put("the older one's")]);
    await redis.cli("hset", "{brooklet}:topic:feed", "changed", "1"); // which it does not write
    await expect(log.append([put("late")], { expect: { topic: feed, versions } })).rejects.toMatchObject({
      status: 412,
    });
    const now = [versionOf(log.id, await log.read(feed))];
    await redis.cli("hdel", "{brooklet}:topic:feed", "changed");
    expect([versionOf(log.id, await log.read(feed))]).toEqual(now);
    await log.append([{ op: "stale", topic: feed, reason: "gone" }]);
    expect(await log.append([put("next")], { expect: { topic: feed, versions: now } })).toBe(4);
  });

  test("of which one is an older version count a quiet from that one's last value", async () => {
    let now = Date.UTC(2030, 0, 1);
    const log = await RedisLog.open({ url: new URL(redis.url), now: () => now, report: () => {} });
    await log.append([put("first")]);
    now += 1_000;
    await log.append([put("the older one's")]);
    await redis.cli("hdel", "{brooklet}:topic:feed", "confirmed"); // which it does not write
    expect(await log.read(feed)).toMatchObject({ confirmedAt: now });
    now += 999;
    const quiet: Draft = { op: "stale", topic: feed, reason: "", quietMs: 1_000 };
    await log.append([quiet]);
    expect((await log.read(feed)).stale).toBe(null);
    now += 1;
    await log.append([quiet]);
    expect((await log.read(feed)).stale).toEqual({ since: now - 1_000, reason: "", quietMs: 1_000 });
    await log.close();
  });

  test("tell the time by Redis' clock, however their own goes", async () => {
    const log = await openLog();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2001, 0, 1) });
    await log.read(feed);
    const byLog = log.now();
    vi.useRealTimers();
    expect(Math.abs(byLog - Date.now())).toBeLessThan(60_000);
  });

  test("take nothing for unchanged that was read before Redis was emptied", async () => {
    const log = await openLog();
    await log.append([put(1)]);
    const versions = [versionOf(log.id, await log.read(feed))];
    await redis.cli("flushall");
    const next = { expect: { topic: feed, versions } };
    await expect(log.append([put(2)], next)).rejects.toMatchObject({ code: "value_changed" });
    await log.append([put("as many as before")]);
    await expect(log.append([put(2)], next)).rejects.toMatchObject({ code: "value_changed" });
    expect(await shown(log)).toEqual(["as many as before"]);
  });

  test("see one order, under one id", async () => {
    const [a, b] = [await openLog(), await openLog()];
    const [toldA, toldB] = [await follow(a), await follow(b)];
    const both = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? a : b).append([put(i)]));
    const seqs = await Promise.all(both);
    await vi.waitFor(() => expect([toldA.length, toldB.length]).toEqual([100, 100]), 15_000);
    expect(toldA).toEqual(toldB);
    expect([...seqs].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(a.id).toBe(b.id);
  });

  test("give a key its first answer, whichever is asked", async () => {
    const [a, b] = [await openLog(), await openLog()];
    const key = { name: "k", fingerprint: "f" };
    const seqs = await Promise.all([a, b, a, b].map((log) => log.append([put(1)], { key })));
    expect(new Set(seqs).size).toBe(1);
    expect(await shown(b)).toEqual([1]);
    const other = { key: { ...key, fingerprint: "g" } };
    await expect(b.append([put(1)], other)).rejects.toMatchObject({ status: 422, code: "idempotency_mismatch" });
  });
});

describe("a newer version's", () => {
  const newer = "Redis holds a log that a newer version of Brooklet has written.";

  test("log is refused at the start, and left as it is", async () => {
    await openLog();
    await redis.cli("hset", "{brooklet}:log", "format", "2");
    const before = await redis.cli("hgetall", "{brooklet}:log");
    await expect(RedisLog.open({ url: new URL(redis.url), report: () => {} })).rejects.toThrow(newer);
    expect(await redis.cli("hgetall", "{brooklet}:log")).toBe(before);
  });

  test.each([
    ["log, in the place of one that a node has open,", ["hset", "{brooklet}:log", "format", "2", "id", "another"]],
    ["entry", ["xadd", "{brooklet}:entries", "2-0", "log", "", "at", "1", "op", "merge", "topic", "feed"]],
  ])("%s is not misread: the node says so, and takes and shows nothing more", async (_, command) => {
    const reports: string[] = [];
    const log = await RedisLog.open({ url: new URL(redis.url), report: (text) => reports.push(text) });
    open.push(log);
    const told = await follow(log);
    await log.append([put("known")]);
    await until(told, '"known"');
    await redis.cli(...command.map((word) => word || log.id));
    await until(told, "lost");
    expect(reports.join()).toContain(newer);
    expect(told).toEqual(['"known"', "lost"]);
    if (command[0] === "hset") await expect(log.append([put("late")])).rejects.toMatchObject(unavailable);
  });
});

describe("the secret", () => {
  test("is one for all nodes, also for those that begin at the same moment, and for those that come later", async () => {
    const logs = await Promise.all([openLog(), openLog(), openLog()]);
    const secrets = [...logs, await openLog()].map(({ secret }) => secret);
    expect(new Set(secrets).size).toBe(1);
  });

  test("is made for a log of before there was one", async () => {
    const { id } = await openLog();
    await redis.cli("hdel", "{brooklet}:log", "secret");
    const log = await openLog();
    expect(log.id).toBe(id);
    expect(log.secret).toMatch(/^[\w-]{43}$/);
  });

  test("outlives Redis: nodes that know it give it back, and a node that begins then has it, too", async () => {
    const log = await openLog();
    const told = await follow(log);
    const { id, secret } = log;
    await redis.cli("flushall");
    await until(told, "replaced");
    expect(log.id).not.toBe(id);
    expect(log.secret).toBe(secret);
    expect((await openLog()).secret).toBe(secret);
  });

  test("is the new log's where that has one already: nodes never differ", async () => {
    const old = await openLog();
    const told = await follow(old);
    redis.pause();
    await until(told, "lost");
    // All in one step, as where a node that knows no other began before this one had a look.
    const emptied = redis.cli(
      "eval",
      "redis.call('FLUSHALL') redis.call('HSET', '{brooklet}:log', 'secret', 'new')",
      "0",
    );
    redis.resume();
    await emptied;
    await until(told, "replaced");
    expect(old.secret).toBe("new");
    expect((await openLog()).secret).toBe("new");
  });
});

describe("what was followed is void", () => {
  /** A hundred entries, each once: on a busy machine Redis may take longer to say so than a publisher waits. */
  const taken = (log: RedisLog, data: number) => {
    const key = { name: `many-${data}`, fingerprint: "" };
    const again = { timeout: 30_000, interval: 50 };
    return vi.waitFor(
      () =>
        log.append(
          Array.from({ length: 100 }, () => put(data)),
          { key },
        ),
      again,
    );
  };

  test("for a node that was slower than the stream is long", async () => {
    const proxy = await FaultyProxy.open(redis.port);
    const slow = await openLog(`redis://127.0.0.1:${proxy.port}`);
    const told = await follow(slow);
    const { id } = slow;
    const quick = await openLog();
    await quick.append([put("first")]);
    await until(told, '"first"');
    await proxy.refuse();
    await until(told, "lost");
    for (let i = 0; i < 120; i++) await taken(quick, i);
    await proxy.accept();
    await until(told, "replaced");
    await quick.append([put("last")]);
    await until(told, '"last"');
    expect(told).toEqual(['"first"', "lost", "replaced", "found", '"last"']);
    expect(slow.id).toBe(id); // its pages need a reset, and those of other nodes do not
    await proxy.close();
  });

  test("when Redis was emptied, for all nodes and under one new id", async () => {
    const [a, b] = [await openLog(), await openLog()];
    const { id } = a;
    const [toldA, toldB] = [await follow(a), await follow(b)];
    for (const data of [1, 2, 3]) await a.append([put(data)]);
    await until(toldB, "3");
    await redis.cli("flushall");
    expect(await a.append([put("new")])).toBe(1);
    for (const told of [toldA, toldB]) await until(told, "replaced");
    await b.append([put("later")]);
    for (const told of [toldA, toldB]) {
      await until(told, '"later"');
      // What was appended before a node saw it is in the records that it then reads.
      expect(told.filter((what) => what !== '"new"')).toEqual(["1", "2", "3", "replaced", '"later"']);
    }
    expect(a.id).not.toBe(id);
    expect(b.id).toBe(a.id);
    expect(await shown(b)).toEqual(["new", "later"]);
  });

  test("when Redis was emptied while nobody publishes", async () => {
    const log = await openLog();
    const told = await follow(log);
    await log.append([put(1)]);
    await redis.cli("flushall");
    await until(told, "replaced");
    expect(await shown(log)).toEqual([]);
  });

  test("when Redis was emptied and filled up again between two looks", async () => {
    const [a, b] = [await openLog(), await openLog()];
    const told = await follow(a);
    for (const data of [1, 2, 3]) await b.append([put(data)]);
    await until(told, "3");
    await redis.cli("flushall");
    await b.append([1, 2, 3, 4, 5].map((data) => put(data + 10)));
    await until(told, "replaced");
    await b.append([put("last")]);
    await until(told, '"last"');
    const voided = told.indexOf("replaced");
    // Nothing of the new log is taken for the old one's.
    expect(told.slice(0, voided)).toEqual(["1", "2", "3"]);
    expect(a.id).toBe(b.id);
  });
});

describe("when Redis", () => {
  test("is killed and comes back with its append-only file, nothing that was acknowledged is lost", async () => {
    const log = await openLog();
    const told = await follow(log);
    const { id } = log;
    let acknowledged = 0;
    const publishing = Array.from({ length: 8 }, async (_, publisher) => {
      for (let i = 0; ; i++) {
        const done = await log.append([put(`${publisher}-${i}`, 100_000)]).catch(() => undefined);
        if (done === undefined) return i;
        acknowledged++;
      }
    });
    await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(500), { timeout: 10_000, interval: 1 });
    await redis.kill();
    const counts = await Promise.all(publishing);
    await redis.restart();
    await until(told, "replaced");
    const kept = new Set(await vi.waitFor(() => shown(log), 10_000)); // its writer comes back by itself
    const lost = counts.flatMap((count, publisher) =>
      Array.from({ length: count }, (_, i) => `${publisher}-${i}`).filter((data) => !kept.has(data)),
    );
    console.log(`Redis killed: ${acknowledged} acknowledged, ${lost.length} lost`);
    expect(lost).toEqual([]);
    expect(log.id).not.toBe(id); // a replica in its place might have given some numbers again
    await log.append([put("after")]);
    await until(told, '"after"');
  });

  test("stops answering, a publisher is told that its outcome is not known, the next that nothing was done, until it is back", async () => {
    const log = await openLog();
    const told = await follow(log);
    await log.append([put(1)]);
    redis.pause();
    await expect(log.append([put(2)])).rejects.toMatchObject({ status: 503, code: "outcome_unknown" });
    await expect(log.append([put(3)])).rejects.toMatchObject(unavailable);
    await expect(log.read(feed)).rejects.toMatchObject(unavailable);
    await until(told, "lost");
    redis.resume();
    await until(told, "found");
    await vi.waitFor(() => log.append([put(4)]), { timeout: 10_000 });
    await until(told, "4");
    expect(told.filter((what) => !what.match(/lost|found/))).toEqual(["1", "2", "4"]); // once each, and 2 was published
    expect(told).not.toContain("replaced"); // it is the same server, which has lost nothing
  });

  test("cannot be heard over a link that is half open, both connections are made anew", async () => {
    const proxy = await FaultyProxy.open(redis.port);
    const log = await openLog(`redis://127.0.0.1:${proxy.port}`);
    const told = await follow(log);
    await log.append([put(1)]);
    proxy.set("blackhole");
    await expect(log.append([put(2)])).rejects.toMatchObject({ code: "outcome_unknown" });
    await until(told, "lost");
    proxy.set("pass"); // the links that were open stay dead
    await until(told, "found");
    await vi.waitFor(() => log.append([put(3)]), { timeout: 10_000 });
    await until(told, "3");
    expect(await shown(log)).toEqual([1, 3]); // 2 never arrived, and was not sent again
    await proxy.close();
  });

  test("is found again, all that was missed has been read before", async () => {
    const proxy = await FaultyProxy.open(redis.port);
    const told = await follow(await openLog(`redis://127.0.0.1:${proxy.port}`));
    await proxy.refuse();
    await until(told, "lost");
    const other = await openLog();
    for (let n = 1; n <= 300; n++) await other.append([put(n)]); // more than one read brings
    await proxy.accept();
    await until(told, "found");
    await until(told, "300");
    expect(told.indexOf("found")).toBeGreaterThan(told.indexOf("300"));
    await proxy.close();
  });

  test("is full, a publisher is told that nothing was published, and pages are still served", async () => {
    const log = await openLog();
    const told = await follow(log);
    await log.append([put(1)]);
    await redis.cli("config", "set", "maxmemory", "1");
    await expect(log.append([put(2)])).rejects.toMatchObject({ status: 507, code: "log_full" });
    expect(await shown(log)).toEqual([1]);
    await redis.cli("config", "set", "maxmemory", "0");
    await log.append([put(3)]);
    await until(told, "3");
    expect(told).toEqual(["1", "3"]);
  });

  test("has become a replica, nothing was published", async () => {
    const log = await openLog();
    await log.append([put(1)]);
    await redis.cli("replicaof", "127.0.0.1", "1");
    await expect(log.append([put(2)])).rejects.toMatchObject(unavailable);
    await redis.cli("replicaof", "no", "one");
    expect(await shown(log)).toEqual([1]);
  });

  test("has forgotten its scripts, it is given them again", async () => {
    const log = await openLog();
    await log.append([put(1)]);
    await redis.cli("script", "flush");
    await log.append([put(2)]);
    expect(await shown(log)).toEqual([1, 2]);
  });

  test("is too old, the error names the variable and the fix", async () => {
    const old = { ask: async () => "# Server\r\nredis_version:6.2.16\r\nrun_id:abc\r\n" } as unknown as RedisLink;
    await expect(RedisServer.identify(old)).rejects.toThrow(
      /^Redis is version 6\.2\.16, .* 7 or later\. Set LOG_URL to/,
    );
  });

  test("is not there at the start, the error names the variable and the fix", async () => {
    const nowhere = await TestRedis.start();
    await nowhere.stop();
    await expect(RedisLog.open({ url: new URL(nowhere.url) })).rejects.toThrow(
      /^cannot reach Redis at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Is it running\? Set LOG_URL to where it is\.$/,
    );
  });
});

describe("at the start, one warning", () => {
  const warnings = async (url = redis.url) => {
    const told: string[] = [];
    open.push(await RedisLog.open({ url: new URL(url), report: (text) => told.push(text) }));
    return told;
  };

  test("names each promise that is weaker as Redis is set up, and none where all hold", async () => {
    expect(await warnings()).toEqual([]);
    await redis.cli("config", "set", "appendfsync", "everysec", "maxmemory", "1gb", "maxmemory-policy", "allkeys-lru");
    expect(await warnings()).toEqual([
      expect.stringMatching(/in the last second .*appendfsync always.*; .*noeviction/),
    ]);
    await redis.cli("config", "set", "appendonly", "no", "maxmemory", "0");
    expect(await warnings()).toEqual([expect.stringMatching(/lost when Redis is killed \(set appendonly yes\)\.$/)]);
    await redis.cli("config", "set", "appendonly", "yes", "appendfsync", "always");
  });

  test("says that they could not be checked, where Redis keeps its settings to itself", async () => {
    await redis.cli("acl", "setuser", "node", "on", ">pw", "~*", "&*", "+@all", "-config");
    const url = redis.url.replace("//", "//node:pw@");
    expect(await warnings(url)).toEqual([expect.stringContaining("could not be checked")]);
  });
});

test("the operator is told of a connection that was lost over which a node writes, though it reads on; once for each", async () => {
  const told: string[] = [];
  const log = await RedisLog.open({ url: new URL(redis.url), report: (text) => told.push(text) });
  open.push(log);
  await log.follow(() => {});
  const cut = async () => {
    let writing: string | undefined;
    while (writing === undefined) {
      await log.append([put(1)]); // by a script, and between two of them it pings
      writing = (await redis.cli("client", "list")).split("\n").find((line) => /cmd=(?:eval|fcall)/.test(line));
    }
    await redis.cli("client", "kill", "id", /id=(\d+)/.exec(writing)![1]!);
  };
  for (const times of [1, 2]) {
    await cut();
    await expect.poll(() => told).toHaveLength(times);
    await expect
      .poll(() =>
        log.append([put(2)]).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  }
  for (const text of told) expect(text).toMatch(/^cannot reach Redis at /);
});

test("publishers are pushed back when more is in flight than Redis takes", async () => {
  const log = await openLog();
  redis.pause();
  const waiting = Array.from({ length: 10_000 }, () => log.append([put(1)]).catch(() => {}));
  await expect(log.append([put(2)])).rejects.toMatchObject({ status: 429, code: "log_busy" });
  redis.resume();
  await Promise.all(waiting);
});

describe("a fence", () => {
  test("lets the holder of a lease append, and nobody who has lost it", async () => {
    const [a, b] = [await openLog(), await openLog()];
    const first = (await a.leases.take("source/price"))!;
    expect(await b.leases.take("source/price")).toBeUndefined();
    expect(await b.leases.isTaken("source/price")).toBe(true);
    await a.append([put(1)], { fence: first.fence });
    await first.release();
    expect(await b.leases.isTaken("source/price")).toBe(false);
    const second = (await b.leases.take("source/price"))!;
    expect(second.fence.token).toBeGreaterThan(first.fence.token);
    await expect(a.append([put(2)], { fence: first.fence })).rejects.toMatchObject({ status: 409, code: "lease_lost" });
    await first.release(); // once more: it is another's now
    await b.append([put(3)], { fence: second.fence });
    expect(await shown(a)).toEqual([1, 3]);
    await second.release();
  });

  test("holds while its holder lives, and is lost by a holder that Redis does not hear of", async () => {
    const proxy = await FaultyProxy.open(redis.port);
    const [a, b] = [await openLog(`redis://127.0.0.1:${proxy.port}`), await openLog()];
    const lease = (await a.leases.take("source/price"))!;
    const lost = new Promise((resolve) => lease.lost.addEventListener("abort", resolve));
    const left = async () => Number(await redis.cli("pttl", "{brooklet}:lease:source/price"));
    await vi.waitFor(async () => expect(await left()).toBeLessThan(2_500), 5_000);
    await vi.waitFor(async () => expect(await left()).toBeGreaterThan(2_500), 5_000); // renewed
    proxy.set("blackhole");
    await lost;
    expect(await b.leases.take("source/price")).toBeUndefined(); // lost here before it is free there
    const next = await vi.waitFor(async () => {
      const taken = await b.leases.take("source/price");
      expect(taken).toBeDefined();
      return taken!;
    }, 5_000);
    expect(next.fence.token).toBeGreaterThan(lease.fence.token);
    await next.release();
    await proxy.close();
  });

  test("is lost when Redis is emptied, and its token is not given again", async () => {
    const log = await openLog();
    const first = (await log.leases.take("source/price"))!;
    const lost = new Promise((resolve) => first.lost.addEventListener("abort", resolve));
    await redis.cli("flushall");
    await expect(log.append([put(1)], { fence: first.fence })).rejects.toMatchObject({ code: "lease_lost" });
    await lost;
    const second = (await log.leases.take("source/price"))!;
    expect(second.fence.token).not.toBe(first.fence.token);
    await second.release();
  });
});

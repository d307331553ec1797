import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Publisher } from "../../../src/engine/broker/publisher.ts";
import { type NextValue, Updater } from "../../../src/engine/broker/updater.ts";
import { type Json, JsonText } from "../../../src/engine/core/json.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { parseItem, parseTopic, type Topic } from "../../../src/engine/core/topic.ts";
import { Hub } from "../../../src/engine/delivery/hub.ts";
import { LmdbLog } from "../../../src/engine/log/lmdb/lmdb-log.ts";
import type { Log } from "../../../src/engine/log/log.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import type { Entry } from "../../../src/engine/log/record.ts";
import { RedisLog } from "../../../src/engine/log/redis/redis-log.ts";
import { FatefulLog } from "../../support/log.ts";
import { useLmdb } from "../../support/logs.ts";
import { TestRedis } from "../../support/redis.ts";
import { renderer } from "../../support/renderer.ts";

const [value, list] = ["value", "list"].map(parseTopic) as [Topic, Topic];
const [a, b] = [parseItem("a"), parseItem("b")];
const addOne: NextValue = (count) => ((count as number | undefined) ?? 0) + 1;
/** Lets others in between what it is given and what it returns. */
const addOneSlowly: NextValue = async (count, about) => {
  await new Promise(setImmediate);
  return addOne(count, about);
};

const logs = useLmdb();
let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());

const opens: Record<string, () => Promise<Log>> = {
  memory: async () => new MemoryLog(),
  lmdb: () => LmdbLog.open({ dir: logs.folder() }),
  redis: async () => {
    await redis.cli("flushall");
    return RedisLog.open({ url: new URL(redis.url), report: () => {} });
  },
};

describe.each(Object.keys(opens))("on a %s log, update()", (kind) => {
  let log: Log;
  let publisher: Publisher;
  let updater: Updater;
  let entries: Entry[];
  beforeEach(async () => {
    log = await opens[kind]!();
    entries = [];
    const hub = new Hub(log, renderer(), () => {});
    const apply = hub.topics.apply.bind(hub.topics);
    hub.topics.apply = (entry) => {
      entries.push(entry);
      return apply(entry);
    };
    await hub.follow({ resetAll: () => {}, reachable: () => {} });
    publisher = new Publisher(log, hub);
    updater = new Updater(publisher);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await log.close();
  });

  const publish = (data: Json, topic = value) => publisher.publish([{ topic, data }]);
  const held = async (topic = value) =>
    [...(await log.read(topic)).values].map(([key, { json }]) => [key.startsWith("=") ? key : "", json.value]);
  const newest = async () => (await held()).at(-1)?.[1];

  test("publishes what its function makes of the newest value, or of nothing, and says where that is", async () => {
    const seen: unknown[] = [];
    const next: NextValue = (count, about) => {
      seen.push([count, about.at]);
      return addOne(count, about);
    };
    await updater.update(value, next);
    const cursor = await updater.update(value, next);
    const [first] = (await log.read(value)).values.values();
    expect(seen).toEqual([
      [undefined, undefined],
      [1, first!.at],
    ]);
    expect(await newest()).toBe(2);
    expect(cursor).toBe((await publisher.read(value)).cursor);
  });

  test("takes turns on one node: of many at once none is lost, and none has to try again", async () => {
    let calls = 0;
    const cursors = await Promise.all(
      Array.from({ length: 200 }, () =>
        updater.update(value, (count, about) => {
          calls++;
          return addOneSlowly(count, about);
        }),
      ),
    );
    expect([await newest(), calls, new Set(cursors).size]).toEqual([200, 200, 200]);
  });

  test("loses nothing of 64 at once on 64 nodes, and all get through", async () => {
    const nodes = Array.from({ length: 64 }, () => new Updater(publisher));
    await Promise.all(nodes.map((node) => node.update(value, addOneSlowly)));
    expect(await newest()).toBe(64);
    expect(entries.length).toBe(64);
  });

  test("changes one item of a list in its place, and is in no way of another's", async () => {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow = updater.update(
      list,
      async (count, about) => {
        await gate;
        return addOne(count, about);
      },
      { item: a },
    );
    await Promise.all([1, 2, 3].map(() => updater.update(list, addOne, { item: b })));
    await publish("unnamed", list);
    letGo();
    await slow;
    await Promise.all(Array.from({ length: 10 }, () => new Updater(publisher).update(list, addOneSlowly, { item: a })));
    expect(await held(list)).toEqual([
      ["=b", 3],
      ["", "unnamed"],
      ["=a", 11],
    ]);
  });

  test("makes an item anew that was removed while its function was at work", async () => {
    await updater.update(list, () => "first", { item: a });
    const seen: unknown[] = [];
    await updater.update(
      list,
      async (was) => {
        if (seen.push(was) === 1) await publisher.publish([{ op: "remove", topic: list, item: a }]);
        return "next";
      },
      { item: a },
    );
    expect(seen).toEqual(["first", undefined]);
    expect(await held(list)).toEqual([["=a", "next"]]);
  });

  test("writes nothing where its function returns nothing, and what it throws is thrown", async () => {
    await publish(1);
    const before = (await publisher.read(value)).cursor;
    expect(await updater.update(value, () => undefined)).toBe(before);
    await expect(updater.update(value, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect((await publisher.read(value)).cursor).toBe(before);
    await updater.update(value, addOne); // what failed holds up nobody
    expect(await newest()).toBe(2);
  });

  test("cannot change what is shared by all", async () => {
    await publish({ names: ["Ada"] });
    const push: NextValue = (was) => {
      (was as { names: string[] }).names.push("Bob");
      return was;
    };
    await expect(updater.update(value, push)).rejects.toThrow(TypeError);
    expect(await newest()).toEqual({ names: ["Ada"] });
  });

  test("publishes once for a key, whatever is held when it is asked again, and whatever its function says then", async () => {
    const key = { name: "k", fingerprint: "a hash" };
    const first = await updater.update(value, addOne, { key });
    await publish(10);
    expect(await updater.update(value, addOne, { key })).toBe(first);
    expect(await updater.update(value, () => undefined, { key })).toBe(first);
    const taken = new Problem(422, "taken", "It is taken.");
    expect(await updater.update(value, () => Promise.reject(taken), { key })).toBe(first);
    await expect(updater.update(value, () => Promise.reject(taken))).rejects.toBe(taken);
    expect(await newest()).toBe(10);
  });

  test("does nothing for a key for which there was nothing to do", async () => {
    const key = { name: "k", fingerprint: "a hash" };
    const first = await updater.update(value, () => undefined, { key });
    expect(await updater.update(value, addOne, { key })).toBe(first);
    expect(await newest()).toBeUndefined();
  });

  test("is refused what the template cannot take, each time that it is tried", async () => {
    let calls = 0;
    const next: NextValue = async () => {
      if (++calls === 2) return "throw";
      await publish("someone else's");
      return "mine";
    };
    await expect(updater.update(value, next)).rejects.toMatchObject({ status: 422, code: "render_failed" });
    expect([await newest(), calls]).toEqual(["someone else's", 2]);
  });

  test("gives up where someone else is first each time, and says when to try again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0); // the shortest of all waits between two tries
    let calls = 0;
    const next: NextValue = async () => {
      await publish(`someone else's ${++calls}`);
      return "mine";
    };
    await expect(updater.update(value, next)).rejects.toMatchObject({
      status: 429,
      code: "update_contended",
      headers: { "Retry-After": "1" },
    });
    expect([await newest(), calls]).toEqual(["someone else's 30", 30]);
  });

  if (kind === "redis") {
    test("is refused where its lease is another's", async () => {
      const fence = { name: "answer", token: 7 };
      await expect(updater.update(value, addOne, { fence })).rejects.toMatchObject({ code: "lease_lost" });
      expect(await newest()).toBeUndefined();
    });
  }
});

describe("update()", () => {
  let updater: Updater;
  beforeEach(async () => {
    const log = new MemoryLog();
    const hub = new Hub(log, renderer(), () => {});
    await hub.follow({ resetAll: () => {}, reachable: () => {} });
    updater = new Updater(new Publisher(log, hub));
  });
  afterEach(() => vi.useRealTimers());

  test("wants the name of a list's item, and a topic that there is", async () => {
    const next = vi.fn(addOne);
    await expect(updater.update(list, next)).rejects.toMatchObject({ status: 400, code: "item_missing" });
    await expect(updater.update(value, addOne, { item: a })).rejects.toMatchObject({ code: "item_invalid" });
    await expect(updater.update(parseTopic("unheard-of"), next)).rejects.toMatchObject({ code: "topic_unknown" });
    expect(next).not.toHaveBeenCalled();
  });

  test("takes nothing of another log, which took the place of the one that was read, for what it has read", async () => {
    const log = new FatefulLog();
    const hub = new Hub(log, renderer(), () => {});
    await hub.follow({ resetAll: () => {}, reachable: () => {} });
    const publisher = new Publisher(log, hub);
    await publisher.publish([{ topic: value, data: "old" }]);
    const seen: unknown[] = [];
    await new Updater(publisher).update(value, async (was) => {
      const json = JsonText.of("as many entries, and another value");
      if (seen.push(was) === 1) await log.replace([{ op: "publish", topic: value, json, retain: 1 }]);
      return `${was}, changed`;
    });
    expect(seen).toEqual(["old", "as many entries, and another value"]);
    expect((await publisher.read(value)).record.values.size).toBe(2);
  });

  test("does not wait for ever for its function, such as one that updates the same topic within it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let inner: Promise<string> | undefined;
    const outer = updater.update(value, async () => {
      inner = updater.update(value, addOne);
      await inner;
      return 7;
    });
    const refused = expect(outer).rejects.toThrow("do not update the same topic within it");
    await vi.advanceTimersByTimeAsync(5_000);
    await refused;
    await inner;
    const seen: unknown[] = [];
    await updater.update(value, (count) => void seen.push(count));
    expect(seen).toEqual([1]);
  });

  test("pushes back where too many wait", async () => {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const all = Array.from({ length: 1_100 }, () =>
      updater.update(value, async (count, about) => {
        await gate;
        return addOne(count, about);
      }),
    );
    const outcomes = Promise.allSettled(all);
    await new Promise(setImmediate);
    letGo();
    const refused = (await outcomes).filter((outcome) => outcome.status === "rejected");
    expect(refused.length).toBeGreaterThanOrEqual(99);
    expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(["update_contended"]));
    const seen: unknown[] = [];
    await updater.update(value, (count) => void seen.push(count));
    expect(seen).toEqual([1_100 - refused.length]);
  });
});

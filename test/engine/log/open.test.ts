import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Opening, type OpenLog, openLog } from "../../../src/engine/log/open.ts";
import { RedisLog } from "../../../src/engine/log/redis/redis-log.ts";
import { put, useLmdb } from "../../support/logs.ts";
import { TestRedis } from "../../support/redis.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());
const logs = useLmdb();

let opened: OpenLog[] = [];
let reports: string[] = [];
let dir: string;
beforeEach(async () => {
  await redis.cli("flushall");
  dir = logs.folder();
});
afterEach(async () => {
  await Promise.all(opened.map(({ log }) => log.close()));
  opened = [];
  reports = [];
});

async function open(log: Opening["log"], redisUrl?: string) {
  const found = await openLog({
    log,
    redisUrl: redisUrl === undefined ? undefined : new URL(redisUrl),
    report: (text) => reports.push(text),
  });
  opened.push(found);
  return found;
}
const onDisk = (redisUrl?: string) => open({ kind: "lmdb", dir }, redisUrl);

/** As one of many nodes keeps it, which published something. */
async function leaveLogOnRedis(): Promise<void> {
  const log = await RedisLog.open({ url: new URL(redis.url), report: () => {} });
  await log.append([put(1)]);
  await log.close();
}

describe("the log", () => {
  test("is where it is said to be, and who starts the server is told, without a password", async () => {
    expect(await onDisk()).toMatchObject({ shared: false, where: `in ${resolve(dir)}` });
    expect(await open({ kind: "memory" })).toMatchObject({
      shared: false,
      where: "in memory, and ends with this process",
    });
    await redis.cli("acl", "setuser", "ada", "on", ">s3cret", "~*", "&*", "+@all");
    const url = new URL(`redis://ada:s3cret@127.0.0.1:${redis.port}/3`);
    const where = `on Redis at 127.0.0.1:${redis.port}, database 3`;
    expect(await open({ kind: "redis", url })).toMatchObject({ shared: true, where });
  });

  test("leaves nothing in a Redis that is only read", async () => {
    await redis.cli("set", "current_price", "102");
    const { log } = await onDisk(redis.url);
    await log.append([put(1)]);
    expect(await redis.cli("keys", "*")).toBe("current_price");
  });

  test("is not begun anew where REDIS_URL alone once said that it is on Redis", async () => {
    await leaveLogOnRedis();
    await expect(onDisk(redis.url)).rejects.toThrow(
      /^REDIS_URL names a Redis that holds a Brooklet log, and LOG_URL is not set\. Set LOG_URL to the same address/,
    );
    await logs.close(await logs.open(dir)); // nor where there is one of this node's from before
    await expect(onDisk(redis.url)).rejects.toThrow(/^REDIS_URL names a Redis that holds a Brooklet log/);
    await open({ kind: "memory" }, redis.url); // here somebody has said where
    await redis.cli("flushall");
    await onDisk(redis.url);
  });

  test("is not begun where Redis may hold one, and is gone on with where there is one already", async () => {
    const away = await TestRedis.start();
    await away.stop();
    await expect(onDisk(away.url)).rejects.toThrow(/^cannot reach Redis at .* Set REDIS_URL to where it is\.$/);
    await logs.close(await logs.open(dir));
    await onDisk(away.url);
    expect(reports).toEqual([expect.stringMatching(/^cannot reach Redis at .* this node goes on with its own\.$/)]);
  });

  test("is of no concern to a user of Redis who may read one key, and so had no log there", async () => {
    await redis.cli(
      "acl",
      "setuser",
      "reader",
      "on",
      ">s3cret",
      "~current_price",
      "+get",
      "+strlen",
      "+hello",
      "+client",
    );
    await onDisk(`redis://reader:s3cret@127.0.0.1:${redis.port}`);
    expect(reports).toEqual([]);
  });
});

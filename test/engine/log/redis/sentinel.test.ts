import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisUrl } from "../../../../src/engine/config/redis-address.ts";
import { JsonText } from "../../../../src/engine/core/json.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { connect } from "../../../../src/engine/log/redis/connect.ts";
import { RedisLog } from "../../../../src/engine/log/redis/redis-log.ts";
import { redisKey } from "../../../../src/engine/sources/redis.ts";
import { eventually } from "../../../support/browser.ts";
import { TestRedis } from "../../../support/redis.ts";
import { TestSentinels } from "../../../support/sentinels.ts";

const feed = parseTopic("feed");
const WHO = ":s3cret@";

let sentinels: TestSentinels;
beforeAll(async () => {
  sentinels = await TestSentinels.start("s3cret");
}, 60_000);
afterAll(() => sentinels.stop());

const openLog = (url: string, told: string[] = []) =>
  RedisLog.open({ url: redisUrl(url) as URL, report: (text) => told.push(text) });
const put = (log: RedisLog, data: string) =>
  log.append([{ op: "publish", topic: feed, json: JsonText.of(data), retain: 100 }]);
const shown = async (log: RedisLog) => [...(await log.read(feed)).values.values()].map(({ json }) => json.value);

describe("a log whose primary Sentinels tell", () => {
  test("goes on with the replica that they promote, all that it had is there, and pages begin anew", async () => {
    const told: string[] = [];
    const log = await openLog(sentinels.url(WHO), told);
    const other = await openLog(sentinels.url(WHO));
    const replaced: number[] = [];
    await log.follow(() => {}, { replaced: (head) => replaced.push(head), reachable: () => {} });
    const { id } = log;
    expect(told.join()).toContain("min-replicas-to-write 1");
    await put(log, "before");
    await sentinels.isCopied();

    // One Sentinel less: the two that are left agree, and tell.
    await sentinels.kill(0);
    await sentinels.primary.kill();
    await eventually(
      () => put(log, "after").then(Boolean, () => false),
      (done) => done,
      60_000,
    );
    expect(log.id).not.toBe(id);
    expect(replaced.length).toBeGreaterThan(0);
    expect((await shown(log)).slice(0, 2)).toEqual(["before", "after"]);
    // The other node finds it a moment later.
    expect(
      (
        await eventually(
          () => shown(other).catch(() => []),
          ({ length }) => length > 0,
        )
      ).slice(0, 2),
    ).toEqual(["before", "after"]);
    expect(other.id).toBe(log.id);

    // The old primary is back, and Sentinels need a while to make it a replica: nobody asks it meanwhile.
    await sentinels.primary.restart();
    await put(log, "last");
    expect((await shown(other)).at(-1)).toBe("last");
    await Promise.all([log.close(), other.close()]);
  }, 180_000);

  test("is refused where no Sentinel knows it, with the variable and the fix", async () => {
    const url = sentinels.url(WHO).replace("/brook/", "/rivulet/");
    await expect(openLog(url)).rejects.toThrow(
      /^no Sentinel tells where the primary rivulet is: .* knows no primary of the name rivulet.*Set LOG_URL to where they are\.$/,
    );
    await expect(openLog(sentinels.url(":wrong@"))).rejects.toThrow(/WRONGPASS.* Set LOG_URL/);
    await expect(openLog("redis+sentinel://127.0.0.1:1/brook")).rejects.toThrow(/ECONNREFUSED.* Set LOG_URL/);
  });
});

test("a source reads a key there, too", async () => {
  const link = await connect({
    url: redisUrl(sentinels.url(WHO)) as URL,
    variable: "REDIS_URL",
    stop: new AbortController().signal,
    onLost: () => {},
  });
  await link.ask((client) => client.set("current_price", "7"));
  for await (const { value } of redisKey("current_price", { url: sentinels.url(WHO) })) {
    expect(value).toBe(7);
    break;
  }
});

test("a replica is not taken for the log's Redis, until it is promoted", async () => {
  const primary = await TestRedis.start();
  const replica = await TestRedis.start(["--replicaof", `127.0.0.1 ${primary.port}`]);
  await expect(openLog(replica.url)).rejects.toThrow(/^Redis is a replica there, .* Set LOG_URL to where that is\.$/);
  await replica.cli("replicaof", "no", "one");
  const log = await openLog(replica.url);
  await put(log, "promoted");
  expect(await shown(log)).toEqual(["promoted"]);
  await log.close();
  await Promise.all([primary.stop(), replica.stop()]);
});

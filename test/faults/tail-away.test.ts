import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { Broker } from "../../src/engine/broker/broker.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { always } from "../../src/engine/sources/every.ts";
import { Sources } from "../../src/engine/sources/sources.ts";
import { tail } from "../../src/engine/sources/tail.ts";
import { TestRedis } from "../support/redis.ts";
import { renderer } from "../support/renderer.ts";

const OUTAGES = process.env.LONG === "1" ? 4 : 2;
/** Longer than a lease lives, so that any node may be the one to go on. */
const AWAY_MS = 4_000;
/** As many as the list keeps. */
const LINES = 40;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const done of cleanUp.splice(0).reverse()) await done();
});

const topic = parseTopic("long");

/** A node that tails the file. @returns what it shows */
async function node(redis: TestRedis, file: string): Promise<() => Promise<unknown[]>> {
  const log = await RedisLog.open({ url: new URL(redis.url), report: () => {} });
  const broker = await Broker.open({ log, renderer: renderer(), onError: () => {} });
  const sources = new Map([["long", always(tail(file))]]);
  const running = new Sources({ sources, broker, leases: log.leases, log: () => {} });
  running.start();
  cleanUp.push(async () => {
    await running.stop();
    await broker.close();
  });
  return async () => [...(await log.read(topic)).values.values()].map(({ json }) => json.value);
}

test("lines that are written while the log is away wait in the file: each is published once, in order", async () => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-tail-away-"));
  cleanUp.push(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "app.log");
  writeFileSync(file, "before\n");
  const redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
  cleanUp.push(() => redis.stop());
  const [shown] = await Promise.all([node(redis, file), node(redis, file)]);
  // Until one of the two has begun, nobody reads on from here.
  await vi.waitFor(
    async () => expect(await redis.cli("hget", `{brooklet}:topic:${topic}`, "place")).not.toBe(""),
    10_000,
  );

  const wanted = Array.from({ length: LINES }, (_, i) => i + 1);
  const written = (async () => {
    for (const n of wanted) {
      appendFileSync(file, `${n}\n`);
      await sleep((OUTAGES * (AWAY_MS + 3_000)) / LINES);
    }
  })();
  for (let i = 0; i < OUTAGES; i++) {
    await sleep(1_500);
    await redis.kill();
    await sleep(AWAY_MS);
    await redis.restart();
    await sleep(1_500);
  }
  await written;
  await vi.waitFor(async () => expect(await shown!()).toContain(LINES), { timeout: 45_000, interval: 50 });
  const found = await shown!();
  const lost = wanted.filter((n) => !found.includes(n)).length;
  console.log(
    `tail over ${OUTAGES} outages of the log of ${AWAY_MS / 1000} s: ${found.length} of ${LINES} lines, ${lost} lost`,
  );
  expect(found).toEqual(wanted);
}, 180_000);

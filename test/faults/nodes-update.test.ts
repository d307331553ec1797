import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { TestRedis } from "../support/redis.ts";
import { Child } from "./child.ts";
import type { Tallied } from "./updating-node.ts";

const UPDATES = process.env.LONG === "1" ? 20_000 : 10_000;
const NODES = 2;

let redis: TestRedis;
let nodes: Child[];
beforeAll(async () => {
  redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
  nodes = Array.from({ length: NODES }, () => new Child("test/faults/updating-node.ts", [redis.url]));
  await Promise.all(nodes.map((node) => node.said(/ready/)));
}, 60_000);
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  await redis.stop();
});

test(`of ${UPDATES} updates of one topic by ${NODES} nodes at once, none is lost and none counts twice`, {
  timeout: UPDATES * 30,
}, async () => {
  const began = performance.now();
  const each = UPDATES / NODES;
  const tallies = await Promise.all(nodes.map((node, i) => node.ask<Tallied>("update", i * each, (i + 1) * each)));
  const seconds = (performance.now() - began) / 1_000;
  const sum = (of: (tally: Tallied) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const [added, calls, refused] = [sum((tally) => tally.added.count), sum(({ calls }) => calls), sum((t) => t.refused)];

  const log = await RedisLog.open({ url: new URL(redis.url), report: () => {} });
  const { values } = await log.read(parseTopic("value"));
  await log.close();
  const held = [...values.values()].at(-1)?.json.value as { count: number };
  console.log(
    `${UPDATES} updates of one topic by ${NODES} nodes, 64 at once on each: lost ${added - held.count}, ` +
      `${(calls / UPDATES).toFixed(2)} tries each, ${refused} given up, ${Math.round(added / seconds)} a second`,
  );
  expect(held).toEqual({ count: added, sum: sum((tally) => tally.added.sum) });
  expect(added + refused).toBe(UPDATES);
  expect(calls, "they were in each other's way").toBeGreaterThan(UPDATES);
});

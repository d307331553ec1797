import { afterAll, beforeAll, expect, test } from "vitest";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { eventually } from "../support/browser.ts";
import { Cluster } from "./cluster.ts";
import { publish, seqOf, seqs, VIEWS } from "./kept.ts";

const KILLS = process.env.LONG === "1" ? 60 : 8;
const PUBLISHERS = 2;
/** What a publisher has under way at once. */
const LANES = 16;
const BETWEEN = 100;

const cluster = new Cluster(2, VIEWS);
beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

test(`a publisher that tries again on the other node has each thing there once, under one id, over ${KILLS} killed nodes`, {
  timeout: KILLS * 60_000,
}, async () => {
  const { nodes, origins, redis } = cluster;
  const publishers = Array.from({ length: PUBLISHERS }, (_, i) => new Publisher(`kept/${i}`, origins));
  for (let kill = 0; kill < KILLS; kill++) {
    const node = nodes[kill % nodes.length]!;
    const more = publishers.map(({ ids }) => ids.size + BETWEEN);
    const grown = () => publishers.every(({ ids }, i) => ids.size >= more[i]!);
    await eventually(grown, (is) => is, 60_000);
    await node.stop("SIGKILL");
    await node.start();
  }
  await Promise.all(publishers.map((publisher) => publisher.stop()));

  const log = await RedisLog.open({ url: new URL(redis.url), report: () => {} });
  const topics = publishers.map(({ topic }) => topic);
  const found = await seqs(log, topics);
  await log.close();
  const ids = new Map(publishers.flatMap(({ ids }) => [...ids]));
  const split = [...ids.values()].filter(({ size }) => size !== 1).length;
  const lost = [...ids].filter(([name, ids]) => found.get(name)?.[0] !== seqOf([...ids][0]!)).length;
  const duplicated = [...found.values()].filter(({ length }) => length !== 1).length;
  const retries = publishers.reduce((sum, { retries }) => sum + retries, 0);
  console.log(
    `${PUBLISHERS} publishers that try again with keys, ${KILLS} kill -9 of ${nodes.length} nodes in turns: ` +
      `published ${ids.size} with ${retries} retries and each once more, lost ${lost}, duplicated ${duplicated}, under two ids ${split}`,
  );
  expect({ lost, duplicated, split }).toEqual({ lost: 0, duplicated: 0, split: 0 });
  expect(found.size).toBe(ids.size);
  expect(retries).toBeGreaterThan(KILLS);
});

/** Publishes until each thing is acknowledged, each time by another node; then once more, as one whose answer was lost. */
class Publisher {
  readonly topic: string;
  /** By name. */
  readonly ids = new Map<string, Set<string>>();
  retries = 0;
  readonly #origins: readonly string[];
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(topic: string, origins: readonly string[]) {
    this.topic = topic;
    this.#origins = origins;
    this.#running = Array.from({ length: LANES }, (_, lane) => this.#run(lane));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(lane: number): Promise<void> {
    for (let i = 0; !this.#stopped; i++) {
      const name = `${this.topic}-${lane}-${i}`;
      const ids = new Set<string>();
      let next = lane + i;
      for (let answers = 0; answers < 2; next++) {
        const told = await publish(this.#origins[next % this.#origins.length]!, this.topic, name);
        if ("id" in told) {
          answers++;
          ids.add(told.id);
        } else {
          this.retries++;
          expect(told.code).toMatch(/^(cut|outcome_unknown|broker_unavailable|log_failed)$/);
        }
      }
      this.ids.set(name, ids);
    }
  }
}

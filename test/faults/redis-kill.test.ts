import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { eventually } from "../support/browser.ts";
import { Raw } from "../support/raw.ts";
import { Cluster } from "./cluster.ts";
import { publish, seqOf, seqs, VIEWS } from "./kept.ts";

const KILLS = process.env.LONG === "1" ? 60 : 8;
const PUBLISHERS = 64;
const PATIENCE = 60_000;

const cluster = new Cluster(2, VIEWS);
beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

const topics = Array.from({ length: PUBLISHERS }, (_, i) => `kept/${i}`);
const readers: Raw[] = [];
afterEach(() => {
  for (const { socket } of readers) socket.destroy();
});

test(`nothing acknowledged is lost, doubled or shown too early over ${KILLS} kills of Redis under ${PUBLISHERS} publishers`, {
  timeout: KILLS * 60_000,
}, async () => {
  const { nodes, origins, redis } = cluster;
  for (const { port } of nodes) {
    const path = `/events?regions=${topics.join()}&as=json`;
    readers.push(new Raw(port).send(`GET ${path} HTTP/1.1`, "Host: localhost", "", ""));
  }
  const publishers = new Publishers(origins);
  const began = performance.now();
  for (let kill = 0; kill < KILLS; kill++) {
    const { acknowledged, refused } = publishers;
    const [before, there] = [acknowledged.size + 1_000, () => acknowledged.size];
    await eventually(there, (count) => count >= before, PATIENCE);
    await redis.kill();
    const [away, missed] = [refused.size + PUBLISHERS, () => refused.size];
    await eventually(missed, (count) => count >= away, PATIENCE);
    await redis.restart();
  }
  await publishers.stop();
  const seconds = (performance.now() - began) / 1000;

  const { acknowledged, refused, unknown } = publishers;
  const log = await RedisLog.open({ url: new URL(redis.url), report: () => {} });
  const found = await seqs(log, topics);
  const lost = [...acknowledged].filter(([name, seq]) => found.get(name)?.[0] !== seq).length;
  const shown = new Set(readers.flatMap(({ text }) => text.match(/(?<="id":")\d+-\d+/g) ?? []));
  const early = [...shown].filter((name) => !found.has(name)).length;
  const ghosts = early + [...refused].filter((name) => found.has(name)).length;
  const there = [...unknown].filter((name) => found.has(name)).length;

  // Those that never got an answer: sent again with its key, to the other node, each is there once.
  for (const name of unknown) expect(await publish(origins[1]!, topicOf(name), name)).toHaveProperty("id");
  const again = await seqs(log, topics);
  await log.close();
  const duplicated = [...again.values()].filter(({ length }) => length !== 1).length;
  const missing = [...unknown].filter((name) => !again.has(name)).length;
  console.log(
    `kill -9 of Redis, ${KILLS} times, ${PUBLISHERS} publishers through ${nodes.length} nodes: ` +
      `acknowledged ${acknowledged.size}, lost ${lost + missing}, duplicated ${duplicated}, ghosts ${ghosts}; ` +
      `refused ${refused.size}, unknown ${unknown.size}, ${there} of them there; ` +
      `${Math.round(acknowledged.size / seconds)}/s with the outages`,
  );
  expect({ lost, missing, duplicated, ghosts }).toEqual({ lost: 0, missing: 0, duplicated: 0, ghosts: 0 });
  expect(shown.size).toBeGreaterThan(acknowledged.size / 2);
  expect(unknown.size).toBeGreaterThan(0);
});

/** Each publishes one thing after the other to its own topic, to one node after the other, and never tries again. */
class Publishers {
  /** Name to seq. */
  readonly acknowledged = new Map<string, number>();
  /** Nothing was done. */
  readonly refused = new Set<string>();
  /** It may be there, or not. */
  readonly unknown = new Set<string>();
  readonly #origins: readonly string[];
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(origins: readonly string[]) {
    this.#origins = origins;
    this.#running = topics.map((_, side) => this.#run(side));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(side: number): Promise<void> {
    for (let i = 0; !this.#stopped; i++) {
      const name = `${side}-${i}`;
      const told = await publish(this.#origins[(side + i) % this.#origins.length]!, topicOf(name), name);
      if ("id" in told) this.acknowledged.set(name, seqOf(told.id));
      else if (told.code === "outcome_unknown") this.unknown.add(name);
      else {
        expect(told.code).toBe("broker_unavailable");
        this.refused.add(name);
        await new Promise((resolve) => setTimeout(resolve, 50)); // Redis is away: no use in asking at once
      }
    }
  }
}

function topicOf(name: string): string {
  return `kept/${name.split("-")[0]}`;
}

import { afterAll, beforeAll, expect, test } from "vitest";
import { JsonText } from "../../src/engine/core/json.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { Cluster, type Node } from "./cluster.ts";
import { Random } from "./random.ts";
import { Traveller } from "./traveller.ts";

const SEED = Number(process.env.SEED ?? 20_290_611);
const MOVES = process.env.LONG === "1" ? 2_000 : 120;
const READERS = 6;
const KEEP = 10;

const [value, list] = [parseTopic("value"), parseTopic("list")];
const cluster = new Cluster(2, {
  "widgets/value.eta": "<b><%= data %></b>",
  "widgets/list.eta": `---\nkind: log\nkeep: ${KEEP}\n---\n<li id="<%= id %>"><%= data %></li>`,
});
let log: RedisLog;
beforeAll(async () => {
  await cluster.start();
  log = await RedisLog.open({ url: new URL(cluster.redis.url), report: () => {} });
});
afterAll(async () => {
  await log.close();
  await cluster.stop();
});

test(`a page that moves between nodes, one and the other of them behind, is never shown what is older (${MOVES} moves)`, {
  timeout: MOVES * 3_000,
}, async () => {
  const { nodes } = cluster;
  const stop = new AbortController();
  const publishing = publish(stop.signal);
  const hindering = nodes.map((node, i) => hinder(node, new Random(SEED + i), stop.signal));
  const readers = Array.from({ length: READERS }, (_, i) => new Traveller(new Random(SEED + 100 + i)));
  await Promise.all(readers.map((reader, i) => reader.travel([nodes[i % 2]!, nodes[(i + 1) % 2]!], MOVES / READERS)));
  stop.abort();
  const published = await publishing;
  await Promise.all(hindering);

  const sum = (what: "events" | "behind" | "turnedAway") => readers.reduce((sum, reader) => sum + reader[what], 0);
  const back = readers.flatMap(({ back }) => back);
  console.log(
    `never back, seed ${SEED}: ${MOVES} moves of ${READERS} readers between ${nodes.length} nodes, ` +
      `${sum("behind")} of them to one that was behind, ${sum("turnedAway")} turned away; ` +
      `${published} published, ${sum("events")} events, gone back ${back.length}`,
  );
  expect(back).toEqual([]);
  expect(sum("behind")).toBeGreaterThan(MOVES / 20);
  expect(sum("events")).toBeGreaterThan(MOVES);
});

/** The next number to both topics, again and again, past the nodes. @returns the last one */
async function publish(stop: AbortSignal): Promise<number> {
  for (let n = 1; ; n++) {
    const drafts = [value, list].map((topic) => ({
      op: "publish" as const,
      topic,
      json: JsonText.of(n),
      retain: KEEP,
    }));
    await log.append(drafts);
    if (stop.aborted) return n;
    await pause(2);
  }
}

/** Holds up what Redis sends to a node: often so briefly that the node does not notice, at times so long that it gives up. */
async function hinder({ redis }: Node, random: Random, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await pause(random.from(50, 300));
    redis.set("stall");
    await pause(random.from(100, random.pick([900, 900, 2_500])));
    redis.set("pass");
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

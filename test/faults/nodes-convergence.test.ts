import { afterAll, beforeAll, expect, test } from "vitest";
import { useChromium } from "../support/browser.ts";
import { atMost } from "./at-most.ts";
import { Templates, views } from "./board.ts";
import { Cluster } from "./cluster.ts";
import { nodeFaults, redisFaults, visitFaults } from "./cluster-faults.ts";
import { CALM, Convergence } from "./convergence.ts";
import { Ordeal } from "./ordeal.ts";
import { percentile } from "./random.ts";
import { visit } from "./visit.ts";

const LONG = process.env.LONG === "1";
const SEED = Number(process.env.SEED ?? 20_290_611);
const SCHEDULES = Number(process.env.SCHEDULES ?? (LONG ? 60 : 8));
const NODES = 3;
const PAGES = 6;
/** All flows again so soon after Redis' return. */
const FLOWING = 10_000;

const chromium = useChromium();
const cluster = new Cluster(NODES, views(1));
beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

const title = `on ${NODES} nodes, after faults of nodes, of pages and of Redis, every page ends as a fresh page of every node`;
test(`${title} (${SCHEDULES} schedules)`, { timeout: SCHEDULES * 180_000 }, async () => {
  const { nodes, redis, origins } = cluster;
  const templates = new Templates(nodes);
  const visits = await Promise.all(Array.from({ length: PAGES }, (_, i) => visit(chromium, nodes[i % NODES]!)));
  const convergence = new Convergence(visits, origins);
  const flows: number[] = [];
  const flowing = async () => {
    const healed = performance.now();
    await Promise.all(nodes.map((node) => node.flowing(atMost(FLOWING))));
    flows.push(performance.now() - healed);
  };
  const ofPages = visitFaults(cluster);
  const ofNodes = [...Object.keys(nodeFaults), ...CALM, ...CALM];
  for (let seed = SEED; seed < SEED + SCHEDULES; seed++) {
    await convergence.run(
      seed,
      (scene) => ({
        pages: visits.map((visit) => new Ordeal(scene(), visit, ofPages, [...Object.keys(ofPages), "moved", "moved"])),
        servers: [
          ...nodes.map((program) => new Ordeal(scene(), { program, templates }, nodeFaults, ofNodes)),
          new Ordeal(scene(), redis, redisFaults),
        ],
      }),
      flowing,
    );
  }
  await Promise.all(visits.map(({ proxy }) => proxy.close()));
  console.log(
    `convergence on ${NODES} nodes, seed ${SEED}, ${SCHEDULES} schedules ${convergence.figures}; ` +
      `published again max ${percentile(flows, 1)} of ${FLOWING} ms`,
  );
  expect(convergence.diverged).toEqual([]);
  for (const node of nodes) expect(node.complaints).toBe("");
  expect(convergence.compared).toBe(SCHEDULES * PAGES);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { opened, useChromium } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { REGIONS, regionsIn, settled, views } from "./board.ts";
import type { Visit } from "./faults.ts";
import { Load } from "./load.ts";
import { Ordeal } from "./ordeal.ts";
import { percentile, Random } from "./random.ts";

const LONG = process.env.LONG === "1";
const SEED = Number(process.env.SEED ?? 20_290_611);
const SCHEDULES = Number(process.env.SCHEDULES ?? (LONG ? 100 : 9));
const PAGES = 5;
const PER_SECOND = 100;

/** Promise 7: a healthy page; one after faults; one behind 5xx, as long again as the outage, and at most so long. */
const HEALTHY = 2_000;
const HEALED = 20_000;
const MOST = 65_000;

const chromium = useChromium();
const program = new Program(views(1));
beforeAll(() => program.start());
afterAll(() => program.dispose());

const templates = { version: 1 };
const healing: number[] = [];
const following: number[] = [];
const diverged: object[] = [];
const faults = new Map<string, number>();
let published = 0;
let behind5xx = 0;

const title = `after kills, cuts, 5xx, deploys and the rest, every page ends as a fresh page (${SCHEDULES} schedules)`;
test(title, { timeout: SCHEDULES * 120_000 }, async () => {
  // What faults write to the console. A swap that misses its target is not among it.
  chromium.allow(/^console: Failed to load resource: (net::|the server responded with a status of 503)/);
  chromium.allow(/^console: \[object Event\]$/);
  const visits = await Promise.all(Array.from({ length: PAGES }, visit));
  for (let schedule = 0; schedule < SCHEDULES; schedule++) await run(SEED + schedule, visits);
  await Promise.all(visits.map(({ proxy }) => proxy.close()));

  const kinds = [...faults].map(([name, count]) => `${name} ${count}`).sort();
  console.log(
    `convergence, seed ${SEED}, ${SCHEDULES} schedules (${kinds.join(", ")}), ${published} published: ` +
      `pages compared ${healing.length}, diverged ${diverged.length}, healed in p50 ${percentile(healing, 0.5)}, ` +
      `p99 ${percentile(healing, 0.99)}, max ${percentile(healing, 1)} of ${HEALED} ms` +
      `${behind5xx > HEALED ? ` (behind 5xx ${Math.round(behind5xx)} ms)` : ""}; ` +
      `the next update max ${percentile(following, 1)} of ${HEALTHY} ms`,
  );
  expect(diverged).toEqual([]);
  expect(program.complaints).toBe("");
  expect(healing.length).toBe(SCHEDULES * PAGES);
});

async function visit(): Promise<Visit> {
  const proxy = await FaultyProxy.open(program.port);
  const page = await chromium.open(`${proxy.origin}/board`);
  await opened(page);
  return { page, proxy, unavailable: undefined };
}

async function run(seed: number, visits: readonly Visit[]): Promise<void> {
  const load = new Load(program.origin, new Random(seed), PER_SECOND);
  load.start();
  // Choices of their own for each, so that they are the same whoever is first.
  const scene = (i: number) => ({ program, load, templates, random: new Random(seed * 31 + i) });
  const ordeals = visits.map((visit, i) => {
    visit.unavailable = undefined;
    return new Ordeal(scene(i), visit);
  });
  const server = new Ordeal(scene(PAGES));
  ordeals.push(server);
  await Promise.all(ordeals.map(({ ready }) => ready));
  // The server's last: some faults of pages only begin while it is there.
  const heals = await Promise.all(ordeals.filter((one) => one !== server).map((one) => one.last()));
  heals.push(await server.last());
  await load.more(50);
  await Promise.all(heals.map((heal) => heal()));
  const healed = performance.now();
  await load.stop();

  for (const name of ordeals.flatMap(({ faults }) => faults)) faults.set(name, (faults.get(name) ?? 0) + 1);
  published += load.acknowledged;
  const bounds = visits.map(({ unavailable = healed }) => Math.min(MOST, Math.max(HEALED, healed - unavailable)));
  behind5xx = Math.max(behind5xx, ...bounds);
  expect(load.refused).toEqual([]);
  const context = { seed, faults: ordeals.map(({ faults }) => faults.join()) };
  await compare(visits, load, { since: healed, bounds, times: healing, context });
  // Once more: a page that is right but deaf, or that hears everything twice, is not right for long.
  const since = performance.now();
  await compare(visits, load, { since, bounds: visits.map(() => HEALTHY), times: following, context });
}

interface Comparison {
  since: number;
  bounds: readonly number[];
  times: number[];
  context: object;
}

async function compare(visits: readonly Visit[], load: Load, { since, bounds, times, context }: Comparison) {
  await load.last();
  const fresh = regionsIn(await (await fetch(`${program.origin}/board`)).text());
  const compared = visits.map(async ({ page }, i) => {
    const shown = await settled(page, fresh, since + bounds[i]! - performance.now());
    const wrong = REGIONS.flatMap(({ name }, region) =>
      shown[region] === fresh[region] ? [] : [{ name, shown: shown[region], fresh: fresh[region] }],
    );
    times.push(performance.now() - since);
    if (wrong.length > 0) diverged.push({ ...context, page: i, updated: times === following, wrong });
  });
  await Promise.all(compared);
}

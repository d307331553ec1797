import { afterAll, beforeAll, expect, test } from "vitest";
import { scrape } from "../support/figures.ts";
import { templates } from "../support/server.ts";
import { Child } from "./child.ts";
import { Healthy, median, p99 } from "./healthy.ts";
import type { Measure } from "./served.ts";

const LONG = process.env.LONG === "1";
const STOPPED = 1_000;
/** 10 MB a second. */
const [PER_SECOND, BYTES] = [500, 20_000];
/** An event around a value's text: its id, the partial, the item, and the delete of what it evicts. */
const EVENT = BYTES + 500;
const MIB = 1024 * 1024;
/** More than the kernel holds for one of them. */
const SIP_BYTES = 500_000;
const PAIRS = LONG ? 31 : 5;
/** For a machine that others use, too: nothing is proved by it. */
const LIMIT_MS = 900_000;
/** So many values make up a round, over all healthy readers. */
const ROUND = 4_000;

// What tells the age comes last, so that a value counts once all of it is there.
const item = '<li id="<%= id %>"><%= data.text %><i data-sent="<%= data.sent %>"></i></li>\n';
const views = templates({ "widgets/load.eta": `---\nkind: log\nkeep: 10\n---\n${item}` });

const children: Child[] = [];
function child(script: string, ...args: string[]): Child {
  const made = new Child(`test/faults/${script}`, args);
  children.push(made);
  return made;
}
afterAll(() => Promise.all(children.map((made) => made.kill())));

const servers = { without: child("served.ts", views), with: child("served.ts", views) };
const stopped = child("stopped-client.py");
const healthy = {} as Record<keyof typeof servers, Healthy>;

/** The memory that the server needs for the load alone, before the stopped readers have come. */
const before = { rss: 0, held: 0 };

const load = (server: Child, perSecond: number) => server.ask("load", ["load"], perSecond, BYTES);
const measure = (server: Child) => server.ask<Measure>("measure");

beforeAll(async () => {
  for (const side of ["without", "with"] as const) {
    healthy[side] = new Healthy(await servers[side].ask("port"), "load", 5);
    await load(servers[side], PER_SECOND);
    await healthy[side].ages(2 * ROUND); // until what is compiled is compiled, and the heap has its size
    // As it is measured later: under the load, and the most of several times.
    for (let i = 0; i < PAIRS; i++) {
      await healthy[side].ages(ROUND / 4);
      const { rss, held } = await measure(servers[side]);
      if (side === "with") Object.assign(before, { rss: Math.max(before.rss, rss), held: Math.max(before.held, held) });
    }
    await load(servers[side], 0);
  }
});

test(`${STOPPED} readers that have stopped cost the process 64 MiB at most, and the healthy ones hear on`, {
  timeout: LIMIT_MS,
}, async () => {
  await load(servers.with, PER_SECOND);
  await stopped.ask("connect", await servers.with.ask("port"), "load", STOPPED);
  const cost = await untilStopped();

  const rounds: { without: number; with: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const round = { without: 0, with: 0 };
    // Each in turn goes first, so that neither has the machine's better moments.
    const sides = (["without", "with"] as const).toSorted(() => (pair % 2 === 0 ? 1 : -1));
    for (const side of sides) {
      await load(servers[side], PER_SECOND);
      round[side] = p99(await healthy[side].ages(ROUND));
      await load(servers[side], 0);
    }
    rounds.push(round);
    note(cost, await measure(servers.with));
  }
  const [alone, among] = [median(rounds.map((round) => round.without)), median(rounds.map((round) => round.with))];
  console.log(
    `${STOPPED} stopped readers under ${(PER_SECOND * BYTES) / 1e6} MB/s: ${said(cost)}; healthy p99 ${alone.toFixed(1)} ms ` +
      `without and ${among.toFixed(1)} ms with them (medians of ${PAIRS} paired rounds)`,
  );
  expect((await measure(servers.with)).stopped).toBeGreaterThanOrEqual(STOPPED);
  const figures = await scrape(await servers.with.ask("metricsPort"));
  expect(figures.get("brooklet_streams_behind")).toBeGreaterThanOrEqual(STOPPED);
  expect(cost.queued).toBeLessThanOrEqual(16 * 1024 + EVENT);
  expect(cost.held).toBeLessThanOrEqual(64);
});

test(`${STOPPED} readers that read a little now and then cost no more`, { timeout: LIMIT_MS }, async () => {
  const sips = LONG ? 20 : 3;
  const costs: Cost[] = [];
  for (let i = 0; i < sips; i++) {
    await load(servers.with, PER_SECOND);
    // Each is then given what it lacks, and stops before it has read that.
    await stopped.ask("sip", SIP_BYTES);
    costs.push(await untilStopped());
  }
  const most = (of: keyof Cost) => Math.max(...costs.map((cost) => cost[of]));
  const cost = { queued: most("queued"), grown: most("grown"), held: most("held") };
  console.log(
    `${STOPPED} readers that stopped, read ${SIP_BYTES / 1e6} MB and stopped again, ${sips} times: ${said(cost)}`,
  );
  expect(cost.queued).toBeLessThanOrEqual(16 * 1024 + EVENT);
  expect(cost.held).toBeLessThanOrEqual(64);
});

interface Cost {
  /** The most bytes that waited in the process for one reader. */
  queued: number;
  /**
   * MiB that the process has more from the system than before, and of these what it has in use. The rest is what passed
   * through: the allocator keeps it, by its own habits and those of the machine, to give it out again.
   */
  grown: number;
  held: number;
}

/** Publishes until no reader that has stopped takes any more. */
async function untilStopped(): Promise<Cost> {
  const cost = { queued: 0, grown: 0, held: 0 };
  const look = async () => note(cost, await measure(servers.with)).stopped;
  await expect.poll(look, { timeout: LIMIT_MS }).toBeGreaterThanOrEqual(STOPPED);
  await load(servers.with, 0);
  return cost;
}

function note(cost: Cost, now: Measure): Measure {
  cost.queued = Math.max(cost.queued, now.mostQueued);
  cost.grown = Math.max(cost.grown, (now.rss - before.rss) / MIB);
  cost.held = Math.max(cost.held, (now.held - before.held) / MIB);
  return now;
}

function said({ queued, grown, held }: Cost): string {
  return `the process grew by ${grown.toFixed(1)} MiB (${held.toFixed(1)} in use), largest queue ${queued} bytes`;
}

import { isDeepStrictEqual } from "node:util";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Balancer, type BalancerKind } from "../support/balancer.ts";
import { AWAY, eventually, opened, streamed, useChromium } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";
import { atMost } from "./at-most.ts";
import { fresh, settled, shownOn, views } from "./board.ts";
import { OF_REDIS } from "./cluster.ts";
import { Load } from "./load.ts";
import { percentile, Random } from "./random.ts";

const LONG = process.env.LONG === "1";
const SEED = Number(process.env.SEED ?? 20_290_611);
const ROUNDS = LONG ? 10 : 2;
/** Of each balancer. */
const PAGES = LONG ? 5 : 2;
/** Behind each. */
const PER_SECOND = 33;
const MOST_UNDER_WAY = 66;
const DRAIN_SECONDS = "6";
/** Promise 7, in ms: after faults, and a healthy page. */
const HEALED = 20_000;
const HEALTHY = 2_000;

/**
 * What befalls a machine that is busy enough. A node that had no answer from Redis in time says so, to its operator and to
 * publishers, who may try again; and HAProxy that a node had none for three of its checks, after which it closes connections.
 */
const OF_LATE_REDIS = /: 503 .*"(?:broker_unavailable|outcome_unknown)"/;
const OF_LATE_CHECK = /^behind haproxy, .*: (?:503 <html>|TypeError: fetch failed, SocketError: other side closed)/;

const chromium = useChromium();
let redis: TestRedis;
let nodes: [Program, Program];
const KINDS = ["nginx", "haproxy", "caddy"] as const satisfies readonly BalancerKind[];
const balancers = {} as Record<BalancerKind, Balancer>;
beforeAll(async () => {
  redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
  const env = { LOG_URL: redis.url, DRAIN_SECONDS };
  nodes = [new Program(views(1), { env }), new Program(views(1), { env })];
  const ports = await Promise.all(nodes.map((node) => node.start().then(() => node.port)));
  for (const kind of KINDS) {
    balancers[kind] = await Balancer.start(kind, ports as [number, number]);
  }
});
afterAll(async () => {
  await Promise.all([...Object.values(balancers), redis].map((one) => one.stop()));
  await Promise.all(nodes.map((node) => node.dispose()));
});

interface Side {
  readonly name: string;
  readonly pages: readonly Page[];
  /** Publishers that never try again themselves. */
  readonly load: Load;
}

const healing: number[] = [];
const following: number[] = [];
const diverged: object[] = [];

const title = `two nodes behind nginx, HAProxy and Caddy, restarted in turn ${ROUNDS} times: no publish with a key fails, every page converges`;
test(title, { timeout: ROUNDS * 180_000 }, async () => {
  // The extension logs each stream that ends, before it comes back.
  chromium.allow(...AWAY);
  const sides = await Promise.all(KINDS.map(open));
  let published = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = acknowledged(sides);
    for (const { load } of sides) load.start();
    for (const node of nodes) {
      await node.stop("SIGTERM");
      await node.start();
      await eventually(
        () => fetch(`${node.origin}/healthz`),
        ({ ok }) => ok,
      ); // as the documents' loop does
    }
    await Promise.all(sides.map(({ load }) => load.stop()));
    published += acknowledged(sides) - before;
    await compare(sides, sides[0]!.load, HEALED, healing);
    // Once more: a page that is right but deaf, or that hears everything twice, is not right for long.
    await compare(sides, sides[1]!.load, HEALTHY, following);
  }
  const failed = sides.flatMap(({ name, load }) =>
    [...load.unserved, ...load.refused].map((why) => `behind ${name}, ${why}`),
  );
  const lostRedis = nodes.some(({ complaints }) => complaints.replace(OF_REDIS, "") !== complaints);
  const lateCheck = /DOWN, reason: Layer[47] timeout/.test(balancers.haproxy.said);
  const refused = failed.filter(
    (why) => !(lostRedis && OF_LATE_REDIS.test(why)) && !(lateCheck && OF_LATE_CHECK.test(why)),
  );
  const openings = await Promise.all(sides.flatMap(({ pages }) => pages.map(streamed)));
  const moved = openings.reduce((sum, { open }) => sum + open - 1, 0);
  console.log(
    `two nodes behind nginx, HAProxy and Caddy, each restarted ${ROUNDS} times: publishes ${published}, failed ${failed.length}; streams moved ${moved}; ` +
      `pages compared ${healing.length}, diverged ${diverged.length}, healed in p50 ${percentile(healing, 0.5)}, ` +
      `max ${percentile(healing, 1)} of ${HEALED} ms; the next update max ${percentile(following, 1)} of ${HEALTHY} ms`,
  );
  expect(refused).toEqual([]);
  expect(diverged).toEqual([]);
  expect(moved).toBeGreaterThanOrEqual(ROUNDS); // or nothing was tried
  for (const node of nodes) expect(node.complaints.replace(OF_REDIS, "")).toBe("");
});

async function open(name: BalancerKind, i: number): Promise<Side> {
  const { origin } = balancers[name];
  const pages = await Promise.all(Array.from({ length: PAGES }, () => chromium.open(`${origin}/board`)));
  await Promise.all(pages.map((page) => opened(page)));
  return { name, pages, load: new Load([origin], new Random(SEED + i), PER_SECOND, MOST_UNDER_WAY) };
}

function acknowledged(sides: readonly Side[]): number {
  return sides.reduce((sum, { load }) => sum + load.acknowledged, 0);
}

/** Publishes to each topic, and looks how long the pages need to be as a fresh page. */
async function compare(sides: readonly Side[], load: Load, within: number, times: number[]): Promise<void> {
  const since = performance.now();
  const { origin } = nodes[0];
  await load.last(origin);
  const right = await fresh(origin);
  const compared = sides.flatMap(({ name, pages }) =>
    pages.map(async (page) => {
      const shown = await settled(shownOn(page), right, since + atMost(within) - performance.now());
      times.push(performance.now() - since);
      if (!isDeepStrictEqual(shown, right)) diverged.push({ behind: name, updated: times === following, shown, right });
    }),
  );
  await Promise.all(compared);
}

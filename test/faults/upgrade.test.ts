import { isDeepStrictEqual } from "node:util";
import { afterAll, expect, test } from "vitest";
import { Balancer } from "../support/balancer.ts";
import { AWAY, eventually, opened, shows, useChromium } from "../support/browser.ts";
import { OldProgram } from "../support/old-program.ts";
import { Raw } from "../support/raw.ts";
import { TestRedis } from "../support/redis.ts";
import { atMost } from "./at-most.ts";
import { fresh, settled, shownOn, views } from "./board.ts";
import { OF_REDIS } from "./cluster.ts";
import { Load } from "./load.ts";
import { Random } from "./random.ts";

const PAGES = 2;
const PER_SECOND = 50;
/** Promise 7, in ms, after faults. */
const HEALED = 20_000;

const chromium = useChromium();
const ends: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

function program(env: Record<string, string>): OldProgram {
  const made = new OldProgram(views(1), { env });
  ends.push(() => made.dispose());
  return made;
}

/** Publishes with a key. @returns the seq in the answer */
async function keyed(origin: string): Promise<string> {
  const headers = { "content-type": "application/json", "idempotency-key": "of-the-old" };
  const body = JSON.stringify({ n: 0, text: "of the old" });
  const answer = await fetch(`${origin}/publish/few`, { method: "POST", headers, body });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id.split("-").at(-1)!;
}

test("a node of an older version is killed and upgraded: its log is read, keys and cursors are known", async () => {
  const node = program({});
  await node.start();
  const load = new Load([node.origin], new Random(1), 4 * PER_SECOND);
  load.start();
  await load.more(100);
  await load.stop();
  await load.last();
  const seq = await keyed(node.origin);
  const before = await fresh(node.origin);
  const read = (id: string) =>
    new Raw(node.port).send(
      "GET /events?regions=few&as=json HTTP/1.1",
      "Host: localhost",
      `Last-Event-ID: ${id}`,
      "",
      "",
    );
  const [, cursor] = /^id: (\S+)/m.exec(await read("").until("id: "))!;

  await node.stop("SIGKILL");
  node.upgrade();
  await node.start();
  expect(await fresh(node.origin)).toEqual(before);
  expect(await keyed(node.origin)).toBe(seq);
  const reader = read(cursor!);
  await load.last();
  const said = await reader.until('"text":"last"');
  expect(said).not.toContain("reset");
  expect(said.match(/^data: /gm)!.length).toBe(1);
  reader.socket.destroy();
  expect(node.complaints).toBe("");
});

test("two nodes are upgraded in turn behind a balancer: no publish fails, and every page is right, also while they differ", async () => {
  // The extension logs each stream that ends, before it comes back; and htmx that the pages of then, which are told to be loaded
  // again, have no place for what newer ones are given.
  chromium.allow(...AWAY, /^console: htmx:partialErrorNoTarget$/);
  const redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
  ends.push(() => redis.stop());
  const nodes = [0, 1].map(() => program({ LOG_URL: redis.url, DRAIN_SECONDS: "4" })) as [OldProgram, OldProgram];
  const ports = await Promise.all(nodes.map((node) => node.start().then(() => node.port)));
  const balancer = await Balancer.start("haproxy", ports as [number, number]);
  ends.push(() => balancer.stop());
  const pages = await Promise.all(Array.from({ length: PAGES }, () => chromium.open(`${balancer.origin}/board`)));
  await Promise.all(pages.map((page) => opened(page)));
  const seq = await keyed(nodes[0].origin);
  const load = new Load([balancer.origin], new Random(2), PER_SECOND);
  const diverged: object[] = [];
  const healed: number[] = [];
  for (const node of nodes) {
    load.start();
    await node.stop("SIGTERM");
    node.upgrade();
    await node.start();
    await eventually(
      () => fetch(`${node.origin}/healthz`),
      ({ ok }) => ok,
    );
    await load.stop();
    const since = performance.now();
    // Each has taken something, and shows what the other has taken.
    for (const { origin } of nodes) await load.last(origin);
    const right = await fresh(nodes[1].origin);
    expect(await settled(() => fresh(nodes[0].origin), right, atMost(HEALED))).toEqual(right);
    for (const page of pages) {
      const shown = await settled(shownOn(page), right, since + atMost(HEALED) - performance.now());
      healed.push(Math.round(performance.now() - since));
      if (!isDeepStrictEqual(shown, right)) diverged.push({ shown, right });
    }
  }
  for (const { origin } of nodes) expect(await keyed(origin)).toBe(seq);
  await Promise.all(pages.map((page) => shows(page, "body", "This page has a newer version.")));
  console.log(
    `two nodes of 0.2.0 upgraded in turn behind HAProxy: publishes ${load.acknowledged}, failed ${load.unserved.length + load.refused.length}; ` +
      `pages compared ${healed.length}, diverged ${diverged.length}, healed in at most ${Math.max(...healed)} of ${HEALED} ms`,
  );
  expect([...load.unserved, ...load.refused]).toEqual([]);
  expect(diverged).toEqual([]);
  for (const node of nodes) expect(node.complaints.replace(OF_REDIS, "")).toBe("");
});

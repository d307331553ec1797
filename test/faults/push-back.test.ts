import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import { scrape } from "../support/figures.ts";
import { templates } from "../support/server.ts";
import { Child } from "./child.ts";
import type { Measure } from "./served.ts";

const LONG = process.env.LONG === "1";
const PUBLISHERS = 64;
/** Of values, in one request: all or none. Two such requests are already more than the log takes at once. */
const LINES = 6_000;
const TEXT = "x".repeat(20); // the body is then nearly as large as one may be
const SECONDS = LONG ? 60 : 6;
/** Far below what would pile up; above what the log may hold, once as text and once as values, with what is on the wire. */
const MIB = 256;

/** What pushes back here is the log, and not the rate that one address may have. */
const UNBOUNDED = 1e9;

const dir = mkdtempSync(join(tmpdir(), "brooklet-push-back-"));
const views = templates({
  "widgets/load.eta": '---\nkind: log\nkeep: 1\n---\n<li id="<%= id %>"><%= data.n %></li>\n',
});
const server = new Child("test/faults/served.ts", [views, JSON.stringify({ data: dir, publishesASecond: UNBOUNDED })]);
afterAll(async () => {
  await server.kill();
  rmSync(dir, { recursive: true });
});

interface Publisher {
  topic: string;
  /** The last number that was acknowledged. */
  acknowledged: number;
  /** Numbers whose publishing was refused. */
  refused: Set<number>;
  tried: number;
}

test(`${PUBLISHERS} publishers that do not wait are pushed back; nothing acknowledged is lost, and nothing piles up`, {
  timeout: (SECONDS + 180) * 1_000,
}, async () => {
  const port = await server.ask("port");
  const answered = { taken: 0, pushed: 0 };
  const publish = async (publisher: Publisher) => {
    const first = publisher.tried + 1;
    publisher.tried += LINES;
    const body = Array.from({ length: LINES }, (_, i) => `{"n":${first + i},"text":"${TEXT}"}`).join("\n");
    const headers = { "content-type": "application/x-ndjson" };
    const url = `http://127.0.0.1:${port}/publish/${publisher.topic}`;
    const answer = await fetch(url, { method: "POST", headers, body });
    const { status } = answer;
    const { code } = (await answer.json()) as { code?: string };
    if (status === 201) answered.taken++;
    if (code === "log_busy") answered.pushed++;
    if (status === 201) publisher.acknowledged = publisher.tried;
    else for (let n = first; n <= publisher.tried; n++) publisher.refused.add(n);
    return { status, code, retryAfter: answer.headers.get("retry-after") };
  };
  const publishers = Array.from({ length: PUBLISHERS }, (_, i) => {
    return { topic: `load/p${i}`, acknowledged: 0, refused: new Set<number>(), tried: 0 };
  });
  // What is compiled is compiled, and the heap has its size.
  for (const publisher of publishers) await publish(publisher);
  const { rss: before } = await server.ask<Measure>("measure");

  const told = new Map<string, number>();
  let most = 0;
  const until = performance.now() + SECONDS * 1_000;
  await Promise.all([
    ...publishers.map(async (publisher) => {
      while (performance.now() < until) {
        const { status, code, retryAfter } = await publish(publisher);
        const answer = status === 201 ? "201" : `${status} ${code}, Retry-After: ${retryAfter}`;
        told.set(answer, (told.get(answer) ?? 0) + 1);
      }
    }),
    (async () => {
      while (performance.now() < until) most = Math.max(most, await server.ask<number>("peak"));
    })(),
  ]);
  most = Math.max(most, await server.ask<number>("peak"));
  // Whoever tries again when all is quiet is taken.
  for (const publisher of publishers) expect((await publish(publisher)).status).toBe(201);

  // The server has counted what its publishers have.
  const figures = await scrape(await server.ask("metricsPort"));
  expect(figures.get("brooklet_publishes_total")).toBe(answered.taken * LINES);
  expect(figures.get("brooklet_log_append_seconds_count")).toBe(answered.taken);
  expect(figures.get('brooklet_refusals_total{code="log_busy"}')).toBe(answered.pushed);

  await server.ask("close");
  const log = await LmdbLog.open({ dir });
  let lost = 0;
  let ghosts = 0;
  for (const { topic, acknowledged, refused } of publishers) {
    const { values } = await log.read(parseTopic(topic));
    const newest = ([...values.values()].at(-1)!.json.value as { n: number }).n;
    if (newest < acknowledged) lost++;
    if (refused.has(newest)) ghosts++;
  }
  await log.close();
  const grown = (most - before) / 2 ** 20;
  const taken = told.get("201") ?? 0;
  const pushed = told.get("429 log_busy, Retry-After: 1") ?? 0;
  console.log(
    `${PUBLISHERS} publishers of ${LINES} values at once, for ${SECONDS} s: ${taken} requests taken, ${pushed} pushed back with 429; ` +
      `the process grew by ${grown.toFixed(1)} MiB at most; topics that lost what was acknowledged ${lost}, that show what was refused ${ghosts}`,
  );
  expect([...told.keys()].sort()).toEqual(["201", "429 log_busy, Retry-After: 1"]);
  expect(grown).toBeLessThanOrEqual(MIB);
  expect({ lost, ghosts }).toEqual({ lost: 0, ghosts: 0 });
});

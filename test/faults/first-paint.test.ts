import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Broker } from "../../src/engine/broker/broker.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import { eventually, opened, useChromium } from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";
import { type Found, look } from "./look.ts";
import { KEEP, Paint } from "./paint.ts";
import { Random } from "./random.ts";
import { Ticker } from "./ticker.ts";

const LONG = process.env.LONG === "1";
const LOADS = LONG ? 5_000 : 200;
const AT_ONCE = 8;
const IN_CHROMIUM = LONG ? 50 : 6;
const SEED = Number(process.env.SEED ?? 20_290_611);

const VIEWS = {
  "widgets/value.eta": "<b><%= data %></b>",
  "widgets/list.eta": `---\nkind: log\nkeep: ${KEEP}\n---\n<li id="<%= id %>"><%= data %></li>`,
  "pages/race.eta": '<h1>Race</h1><%~ live("value") %><%~ live("list") %>',
};

const [value, list] = [parseTopic("value"), parseTopic("list")];
const chromium = useChromium();
const dir = mkdtempSync(join(tmpdir(), "brooklet-paint-"));
let server: TestServer;
let broker: Broker;
let origin: string;

beforeAll(async () => {
  server = await start({ views: templates(VIEWS), log: await LmdbLog.open({ dir }) });
  ({ broker, url: origin } = server);
});

afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

const title = `a page has no gap between its first paint and its stream (${LOADS} loads, a value every millisecond, or every five to Chromium)`;
test(title, { timeout: LOADS * 500 }, async () => {
  const began = performance.now();
  const ticker = new Ticker((n) => broker.publish([value, list].map((topic) => ({ topic, data: n }))));
  await ticker.reached(2 * KEEP);
  const random = new Random(SEED);
  let left = LOADS;
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    const paints: Paint[] = [];
    while (left-- > 0) {
      const paint = new Paint(origin);
      await paint.load("/race");
      // From at once to more than the page holds.
      const missed = random.from(0, random.pick([3, 30, 2 * KEEP]));
      await ticker.reached(ticker.newest + missed);
      await paint.follow();
      const until = ticker.newest + random.from(1, KEEP);
      await paint.until(() => paint.newest >= until);
      paints.push(paint);
      if (left > 0) paint.leave(); // the last of each stays for the end
    }
    return paints;
  });
  const paints = (await Promise.all(lanes)).flat();
  ticker.everyMs = 5; // a browser takes ten times as long for an event as a program, and would fall behind on a slow machine
  const inChromium = await race();
  const published = await ticker.stop();
  const seconds = (performance.now() - began) / 1000;

  const fresh = new Paint(origin);
  await fresh.load("/race");
  const stayed = paints.filter(({ left }) => !left);
  for (const paint of stayed) {
    await paint.until(() => paint.newest === ticker.newest && paint.value === ticker.newest);
    expect(paint.numbers).toEqual(fresh.numbers);
    paint.leave();
  }
  const sum = (of: "gaps" | "duplicates" | "backwards" | "missing") =>
    paints.reduce((sum, paint) => sum + paint[of], 0);
  const wrong = {
    gaps: sum("gaps") + inChromium.gaps,
    duplicates: sum("duplicates") + inChromium.duplicates,
    backwards: sum("backwards") + inChromium.backwards,
    missing: sum("missing"),
  };
  console.log(
    `first paint, seed ${SEED}: ${paints.length} loads and ${IN_CHROMIUM} in Chromium against ` +
      `${Math.round(published / seconds)} publications/s, ${paints.reduce((sum, { events }) => sum + events, 0)} events: ` +
      `gaps ${wrong.gaps}, duplicates ${wrong.duplicates}, backwards ${wrong.backwards}, without a target ${wrong.missing}`,
  );
  expect(wrong).toEqual({ gaps: 0, duplicates: 0, backwards: 0, missing: 0 });
  expect(paints.length).toBe(LOADS);
  expect(stayed.length).toBeGreaterThan(0);
  expect(server.errors).toEqual([]);
});

/** The same in a real page: after each event its list is looked at. */
async function race() {
  const page = await chromium.open(`${origin}/widgets/list`);
  await page.addInitScript(look, KEEP);
  const sum = { gaps: 0, duplicates: 0, backwards: 0 };
  for (let load = 0; load < IN_CHROMIUM; load++) {
    await page.goto(`${origin}/race`);
    await opened(page);
    const found = await eventually(
      () => page.evaluate(() => (globalThis as unknown as { found: Found }).found),
      ({ looks }) => looks >= 100,
      30_000,
    );
    for (const key of ["gaps", "duplicates", "backwards"] as const) sum[key] += found[key];
  }
  await page.close();
  return sum;
}

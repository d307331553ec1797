import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/browser.ts";
import { ROOT } from "../support/folders.ts";
import { Program } from "../support/program.ts";
import { atMost } from "./at-most.ts";
import { Child } from "./child.ts";
import { percentile } from "./random.ts";
import type { Heard } from "./sleepers.ts";

/** A machine that is busy with other things takes long for ten thousand: each of them asks again meanwhile. */
const PAGES = process.env.LONG === "1" ? 10_000 : 2_000;
/** As long as after a kill, by promise 14: a single page takes 5 s. */
const HEAL_MS = 30_000;

const css = readFileSync(join(ROOT, "src", "engine", "views", "signs.css"), "utf8");
const milliseconds = (pattern: RegExp) => [...css.matchAll(pattern)].map(([, seconds]) => Number(seconds) * 1_000);
/** When a page asks whose stream broke, as its style sheet says: from this on, each so often, at one of these moments. */
const [FIRST, PACE] = [/^\.beat\.broken \{\s*--due: ([\d.]+)s/gm, /ask ([\d.]+)s var\(--due\) infinite/g].map(
  (pattern) => milliseconds(pattern)[0]!,
);
const MOMENTS = [0, ...milliseconds(/--moment: ([\d.]+)s/g)];

const program = new Program({
  "pages/wake.eta": '<h1>Wake</h1><%~ live("line") %>',
  "widgets/line.eta": '---\nkind: log\n---\n<li id="<%= id %>"><%= data %></li>',
});
let pages: Child;
beforeAll(() => program.start());
afterAll(async () => {
  await pages?.kill();
  await program.dispose();
});

async function publish(): Promise<number> {
  const began = performance.now();
  const headers = { "content-type": "application/json" };
  const { status } = await fetch(`${program.origin}/publish/line`, { method: "POST", body: '"a line"', headers });
  expect(status).toBe(201);
  return performance.now() - began;
}

test(`${PAGES} pages that wake together each ask at a moment of their own, and all are live again`, {
  timeout: 180_000,
}, async () => {
  await publish();
  const html = await (await fetch(`${program.origin}/wake`)).text();
  const [, cursor] = /cursor=([^"&]+)/.exec(html)!;
  await publish(); // so that each has missed something
  const args = [program.port, PAGES, "line", decodeURIComponent(cursor!), FIRST, PACE, MOMENTS].map(String);
  pages = new Child("test/faults/sleepers.ts", args);
  await pages.ask("heard");
  await pages.ask("wake");
  const took: number[] = [];
  const heard = await eventually(
    async () => {
      took.push(await publish());
      return pages.ask<Heard>("heard");
    },
    ({ live }) => live === PAGES,
    atMost(HEAL_MS),
  );
  console.log(
    `${PAGES} pages whose streams broke together, reader and server on the same cores: ${heard.asks} asks, at most ${heard.mostASecond} in a second, ` +
      `${heard.refused} refused; all live after ${(heard.lastMs / 1_000).toFixed(1)} s; ` +
      `meanwhile a publish in p50 ${percentile(took, 0.5)}, p99 ${percentile(took, 0.99)}`,
  );
  expect(program.complaints).toBe("");
});

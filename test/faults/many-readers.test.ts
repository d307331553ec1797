import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { atMost } from "./at-most.ts";
import { Child } from "./child.ts";
import type { Heard } from "./crowd.ts";

const READERS = 10_000;
const LINES = process.env.LONG === "1" ? 60 : 10;
/** Promises 13 and 14. */
const KB = 20;
const BACK = 30_000;
/** A drain of one second, and then some for what ten thousand readers leave. */
const DRAINED = 2_000;
const TEXT = "x".repeat(1_000);

const program = new Program({
  "widgets/line.eta":
    '---\nkind: log\n---\n<li id="<%= id %>">n=<%= data.n %> t=<%= data.sent %> <%= data.text %></li>',
});
let crowd: Child;
beforeAll(() => program.start());
afterAll(async () => {
  await crowd?.kill();
  await program.dispose();
});

let newest = 0;

/** Resolves once one more line is acknowledged. */
async function publish(): Promise<void> {
  const body = JSON.stringify({ n: ++newest, sent: performance.timeOrigin + performance.now(), text: TEXT });
  const headers = { "content-type": "application/json" };
  const { status } = await fetch(`${program.origin}/publish/line`, { method: "POST", body, headers });
  expect(status).toBe(201);
}

function everyReader(has: "begun" | "there", timeout: number): Promise<unknown> {
  return eventually(
    () => crowd.ask<{ begun: number; there: number }>("state", newest),
    (state) => state[has] === READERS,
    timeout,
  );
}

/** What the program holds in memory, in bytes. */
function rss(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${program.pid}/status`, "utf8"))![1]) * 1024;
}

test(`${READERS} readers cost little each, hear every line once, are right again after a kill, and leave in time`, {
  timeout: 600_000,
}, async () => {
  const before = rss();
  crowd = new Child("test/faults/crowd.ts", [String(program.port), "/events?regions=line", String(READERS)]);
  await everyReader("begun", 60_000);
  const each = (rss() - before) / READERS / 1_000;

  while (newest < LINES) {
    await publish();
    await everyReader("there", 60_000);
  }
  const calm = await crowd.ask<Heard>("heard");

  await program.stop("SIGKILL");
  await program.start();
  const restarted = performance.now();
  for (let i = 0; i < 5; i++) await publish(); // while they come back
  await everyReader("there", atMost(BACK));
  const back = performance.now() - restarted;
  const after = await crowd.ask<Heard>("heard");
  await publish();
  await everyReader("there", 60_000);
  const last = await crowd.ask<Heard>("heard");

  const signalled = performance.now();
  const exitCode = await program.stop("SIGTERM");
  const drained = performance.now() - signalled;

  const sum = (of: "lines" | "missed" | "repeated") => calm[of] + after[of] + last[of];
  console.log(
    `${READERS} readers: ${each.toFixed(1)} KB each of ${KB}; ${LINES} lines of 1 KB in p50 ${calm.p50}, p99 ${calm.p99}, reader and server ` +
      `on the same cores; killed and started again, all right after ${(back / 1000).toFixed(1)} s of ${BACK / 1000}; ` +
      `${sum("lines")} lines heard, missed ${sum("missed")}, repeated ${sum("repeated")}; ` +
      `a drain of 1 s ends them all in ${(drained / 1000).toFixed(1)} s`,
  );
  expect([sum("lines"), sum("missed"), sum("repeated")]).toEqual([READERS * newest, 0, 0]);
  expect(each).toBeLessThanOrEqual(KB);
  expect(back).toBeLessThanOrEqual(atMost(BACK));
  expect(exitCode).toBe(0);
  expect(drained).toBeLessThanOrEqual(atMost(DRAINED));
  expect(program.complaints).toBe("");
});

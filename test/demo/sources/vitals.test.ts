import os from "node:os";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.doUnmock("node:os");
  vi.resetModules();
});

/** One core, busy and idle for so long since it was started. */
let core = { busy: 0, idle: 0 };
const cpus = () => [{ times: { user: core.busy, nice: 0, sys: 0, idle: core.idle, irq: 0 } }];

async function loadOf(source: AsyncIterable<unknown>): Promise<number> {
  const values = source[Symbol.asyncIterator]();
  const { value } = await values.next();
  await values.return!();
  return (value as { cpu: number }).cpu;
}

test("the first load that a page shows is that since the last one, and not of its own coming", async () => {
  vi.doMock("node:os", () => ({ ...os, cpus }));
  core = { busy: 500, idle: 500 };
  const { default: vitals } = await import("../../../src/sources/vitals.ts");
  core = { busy: 600, idle: 1400 };
  expect(await loadOf(vitals)).toBe(0.1);
  core = { busy: 900, idle: 2100 };
  expect(await loadOf(vitals)).toBe(0.3);
  expect(await loadOf(vitals)).toBe(0); // of no time there is none
});

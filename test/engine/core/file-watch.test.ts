import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FileWatch } from "../../../src/engine/core/file-watch.ts";

let path: string;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  path = join(mkdtempSync(join(tmpdir(), "brooklet-watch-")), "file");
  writeFileSync(path, "one");
});
afterEach(() => void vi.useRealTimers());

/** Lets it look once, and waits until it has. */
async function look(): Promise<void> {
  vi.runOnlyPendingTimers();
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
}

test("a file that is still being written is left alone, and told of once it stays as it is", async () => {
  const changed = vi.fn();
  const stop = new FileWatch(path).start(changed);
  for (const text of ["o", "ot", "oth", "othe", "other"]) {
    writeFileSync(path, text);
    await look();
  }
  expect(changed).not.toHaveBeenCalled();
  for (let i = 0; i < 3; i++) await look();
  expect(changed).toHaveBeenCalledTimes(1);
  stop();
});

test("a change between its making and its start is not missed", async () => {
  const watch = new FileWatch(path);
  writeFileSync(path, "other");
  const changed = vi.fn();
  const stop = watch.start(changed);
  for (let i = 0; i < 3; i++) await look();
  expect(changed).toHaveBeenCalledTimes(1);
  stop();
});

test("a file that is gone for a moment, as editors save it, is not told of as gone", async () => {
  const changed = vi.fn();
  const stop = new FileWatch(path).start(changed);
  renameSync(path, `${path}~`);
  await look();
  renameSync(`${path}~`, path);
  await look();
  rmSync(path);
  await look();
  expect(changed).not.toHaveBeenCalled();
  await look();
  expect(changed).toHaveBeenCalledTimes(1);
  stop();
});

test("the same size and the same time hide no change", async () => {
  utimesSync(path, 1_000, 1_000);
  const changed = vi.fn();
  const stop = new FileWatch(path).start(changed);
  writeFileSync(`${path}.new`, "two");
  utimesSync(`${path}.new`, 1_000, 1_000);
  renameSync(`${path}.new`, path);
  for (let i = 0; i < 3; i++) await look();
  expect(changed).toHaveBeenCalledTimes(1);
  stop();
});

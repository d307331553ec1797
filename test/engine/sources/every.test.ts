import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { every } from "../../../src/engine/sources/every.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const start = (source: AsyncIterable<unknown>) => source[Symbol.asyncIterator]();

test("every reads at once, and then each interval", async () => {
  let reads = 0;
  const values = start(every(1_000, () => ++reads));
  expect(await values.next()).toEqual({ done: false, value: 1 });
  const second = values.next();
  await vi.advanceTimersByTimeAsync(999);
  expect(reads).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await second).toEqual({ done: false, value: 2 });
});

test("every misses the ticks that a slow read covers, and keeps to its grid", async () => {
  const at: number[] = [];
  const origin = performance.now();
  const values = start(
    every(1_000, async () => {
      at.push(performance.now() - origin);
      if (at.length === 1) await new Promise((resolve) => setTimeout(resolve, 2_500));
      return null;
    }),
  );
  const two = values.next().then(() => values.next());
  await vi.advanceTimersByTimeAsync(10_000);
  await two;
  expect(at).toEqual([0, 3_000]);
});

test("every, aligned, reads on the full second", async () => {
  vi.setSystemTime(new Date("2026-11-21T14:03:07.400Z"));
  const values = start(every(1_000, () => new Date().toISOString().slice(17, 19), { aligned: true }));
  expect((await values.next()).value).toBe("07");
  const next = values.next();
  await vi.advanceTimersByTimeAsync(601);
  expect((await next).value).toBe("08");
});

test("every, returned while it waits: the signal is aborted, the wait ends, no timer is left", async () => {
  let given: AbortSignal | undefined;
  const values = start(
    every(60_000, (signal) => {
      given = signal;
      return null;
    }),
  );
  await values.next();
  const pending = values.next();
  expect(vi.getTimerCount()).toBe(1);
  const returned = values.return!();
  expect(given!.aborted).toBe(true);
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(await returned).toEqual({ done: true, value: undefined });
  expect(vi.getTimerCount()).toBe(0);
});

test("every, whose read throws, aborts that read's signal and is over", async () => {
  let given: AbortSignal | undefined;
  const values = start(
    every(1_000, (signal) => {
      given = signal;
      throw new Error("no quote");
    }),
  );
  await expect(values.next()).rejects.toThrow("no quote");
  expect(given!.aborted).toBe(true);
  expect(await values.next()).toEqual({ done: true, value: undefined });
});

test("every can be iterated again, each time from the start", async () => {
  const source = every(1_000, () => 1);
  const first = start(source);
  await first.next();
  await first.return!();
  const second = start(source);
  expect(await second.next()).toEqual({ done: false, value: 1 });
  await second.return!();
});

test.each([["1s"], [0], [Number.NaN]])(
  "what is no time, as %j, is refused at once, and not read without a pause",
  (ms) => {
    expect(() => every(ms as number, () => 1)).toThrow("Write: every(1000, () => …)");
  },
);

test("what is no function is refused at once", () => {
  expect(() => every(1_000, 1 as never)).toThrow("Write: every(1000, () => …)");
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Settled } from "../../../src/engine/presence/settled.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Sets these numbers, each at its time in ms. @returns all values that it then had, in order */
function seen(begin: number | undefined, numbers: Record<number, number>): number[] {
  const values: number[] = [];
  const settled = new Settled(begin, () => values.push(settled.value!));
  for (let now = 0; now < 20_000; now += 10) {
    const number = numbers[now];
    if (number !== undefined) settled.set(number);
    vi.advanceTimersByTime(10);
  }
  return values;
}

test("the first number counts at once, and each other once it has lasted", () => {
  expect(seen(undefined, { 0: 1, 1000: 2, 3000: 1 })).toEqual([1, 2, 1]);
});

test("a reload is not seen", () => {
  expect(seen(undefined, { 0: 3, 1000: 2, 1800: 3 })).toEqual([3]);
});

test("a stream that moves is not seen, whether its old one closes before or after the new one opens", () => {
  expect(seen(undefined, { 0: 3, 1000: 4, 1200: 3, 5000: 2, 5200: 3 })).toEqual([3]);
});

test("who has left is gone, though others come and go all the time", () => {
  const reloads = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [
      [2000 + i * 300, 1],
      [2200 + i * 300, 2],
    ]).flat(),
  );
  expect(seen(undefined, { 0: 3, 1000: 2, ...reloads })).toEqual([3, 2]);
});

test("pages that come back one after the other after a restart are not seen to have left", () => {
  expect(seen(5, { 0: 0, 300: 1, 400: 3, 900: 5 })).toEqual([]);
  expect(seen(5, { 0: 0, 300: 1, 400: 3 })).toEqual([3]);
});

test("many that come at once, and some of whom leave again, are as many as are left", () => {
  expect(seen(undefined, { 0: 0, 100: 10, 200: 7 })).toEqual([0, 7]);
});

import { expect, test } from "vitest";
import { numbered } from "../../../src/sources/ten.ts";

const collect = async (values: AsyncIterable<{ n: number }>) => {
  const all: number[] = [];
  for await (const { n } of values) all.push(n);
  return all;
};

test("is so many numbered values, and then over", async () => {
  expect(await collect(numbered(10, 1, new AbortController().signal))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("is over as soon as nobody wants it", async () => {
  const stop = new AbortController();
  const values = numbered(10, 60_000, stop.signal);
  await values.next();
  const next = values.next(); // which would be a minute away
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

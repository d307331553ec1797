import { expect, test } from "vitest";
import clock from "../../../src/sources/clock.ts";
import counter from "../../../src/sources/counter.ts";
import vitals from "../../../src/sources/vitals.ts";

test("counter, clock and vitals have real values", async () => {
  const first = async (source: AsyncIterable<unknown>) => {
    const values = source[Symbol.asyncIterator]();
    const { value } = await values.next();
    await values.return!();
    return value;
  };
  expect(await first(counter)).toEqual({ count: 1 });
  expect(await first(counter)).toEqual({ count: 2 });
  const now = (await first(clock)) as { iso: string };
  expect(now).toEqual({
    time: now.iso.slice(11, 19), // whatever the zone of the machine
    date: expect.stringMatching(/^\w+day \d{1,2} \w+$/),
    zone: "UTC",
    iso: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  const { cpu, memory, load, delay, cores } = await first(vitals);
  expect(cpu).toBeGreaterThanOrEqual(0);
  expect(cpu).toBeLessThanOrEqual(1);
  expect(memory.used).toBeGreaterThan(0);
  expect(memory.used).toBeLessThan(memory.total);
  expect(load).toHaveLength(3);
  expect(delay).toBeGreaterThanOrEqual(0);
  expect(cores).toBeGreaterThanOrEqual(1);
});

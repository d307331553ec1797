import { expect, test } from "vitest";
import { LocalLeases } from "../../../src/engine/core/lease.ts";

test("one holder at a time, and the next one has a higher token", async () => {
  const leases = new LocalLeases();
  const first = (await leases.take("source/price"))!;
  expect(await leases.take("source/price")).toBeUndefined();
  expect([await leases.isTaken("source/price"), await leases.isTaken("source/feed")]).toEqual([true, false]);
  await first.release();
  const second = (await leases.take("source/price"))!;
  expect(second.fence.token).toBeGreaterThan(first.fence.token);
  await first.release(); // once more: it is another's now
  expect(await leases.isTaken("source/price")).toBe(true);
});

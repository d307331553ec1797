import { describe, expect, test } from "vitest";
import { didYouMean, nearest } from "../../../src/engine/core/problem.ts";

/** Milliseconds of the processor's that it takes. */
function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe("what was meant", () => {
  test("is the nearest name, if it is near", () => {
    const names = ["price", "feed", "clock"];
    expect(nearest("pirce", names)).toBe("price");
    expect(nearest("FEED", names)).toBe("feed");
    expect(nearest("weather", names)).toBeUndefined();
    expect(didYouMean("clok", names)).toBe(" Did you mean “clock”?");
    expect(didYouMean("weather", names)).toBe("");
  });

  test("is not looked for where no name of ours is as long: a stranger's megabyte costs nothing", () => {
    const names = ["x".repeat(1_000_000), "price"];
    expect(cost(() => expect(nearest("x".repeat(1_000_000), names)).toBeUndefined())).toBeLessThan(100);
  });

  test("is looked for among so many names and no more", () => {
    function* names() {
      for (let i = 0; ; i++) yield `${"x".repeat(190)}${i}`; // without end
    }
    expect(nearest("y".repeat(195), names())).toBeUndefined();
  });
});

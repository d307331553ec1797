import { expect, test } from "vitest";
import { OneByOne } from "../../../src/engine/core/one-by-one.ts";

test("does one thing after the other, refuses what is too many, and goes on after what has failed", async () => {
  const done: string[] = [];
  const line = new OneByOne(2, () => new Error("too many"));
  let letGo = () => {};
  const first = line.run(async () => {
    done.push("first begins");
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    done.push("first ends");
  });
  await new Promise(setImmediate); // it is at work, and waits no more
  const second = line.run(async () => {
    done.push("second");
    throw new Error("second fails");
  });
  const third = line.run(async () => done.push("third"));
  await expect(line.run(async () => done.push("fourth"))).rejects.toThrow("too many");
  expect(done).toEqual(["first begins"]);
  expect(line.idle).toBe(false);
  letGo();
  await expect(second).rejects.toThrow("second fails");
  await Promise.all([first, third]);
  expect(line.idle).toBe(true);
  await line.run(async () => done.push("fifth"));
  expect(done).toEqual(["first begins", "first ends", "second", "third", "fifth"]);
});

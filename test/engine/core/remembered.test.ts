import { expect, test } from "vitest";
import { Remembered } from "../../../src/engine/core/remembered.ts";

/** Counts how often something is looked for, which is found out of all texts but “no”. */
function lengths() {
  const looked: string[] = [];
  const remembered = new Remembered((text) => {
    looked.push(text);
    if (text === "no") throw new Error("not this one");
    return text === "" ? undefined : text.length;
  });
  return { looked, remembered };
}

test("what is found out of a text is looked for once, also where that is nothing", () => {
  const { looked, remembered } = lengths();
  expect(["word", "", "word", ""].map((text) => remembered.of(text))).toEqual([4, undefined, 4, undefined]);
  expect(looked).toEqual(["word", ""]);
});

test("what cannot be found is looked for each time", () => {
  const { looked, remembered } = lengths();
  for (let i = 0; i < 2; i++) expect(() => remembered.of("no")).toThrow("not this one");
  expect(looked).toEqual(["no", "no"]);
});

test("a stranger who makes up texts has nothing kept of them that is long, and of others a hundred", () => {
  const { looked, remembered } = lengths();
  const long = "l".repeat(2_000);
  for (let i = 0; i < 2; i++) expect(remembered.of(long)).toBe(2_000);
  expect(looked).toHaveLength(2);
  for (let i = 0; i < 101; i++) remembered.of(`made up ${i}`);
  looked.length = 0;
  remembered.of("made up 0");
  remembered.of("made up 100");
  expect(looked).toEqual(["made up 0"]);
});

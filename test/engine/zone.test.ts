import { expect, test } from "vitest";
import { AUTHORS } from "../support/architecture.ts";
import { codeIn, localLines } from "../support/zone.ts";

const ours = codeIn("src", "test").filter(
  (file) => !AUTHORS.test(file.replace(/^src\//, "")) && !/^test\/(?:demo\/|support\/zone\.ts$)/.test(file),
);

test("nothing depends on the zone or the language that a machine is set to: all nodes show the same", () => {
  expect(ours.length).toBeGreaterThan(200);
  expect(localLines(ours)).toEqual([]);
});

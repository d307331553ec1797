import { expect, test } from "vitest";
import { codeIn, localLines } from "../support/zone.ts";

test("nothing that authors write depends on the zone or the language that a machine is set to: all nodes show the same", () => {
  expect(localLines(codeIn("views", "src/sources", "src/actions", "test/demo"))).toEqual([]);
});

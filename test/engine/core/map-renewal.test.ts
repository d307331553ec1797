import { expect, test } from "vitest";
import { MapRenewal } from "../../../src/engine/core/map-renewal.ts";

test("a Map is made anew, with all that is in it in its order, once more have left it than are in it", () => {
  const renewal = new MapRenewal();
  const map = new Map([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);
  expect(renewal.of(map, 0)).toBe(map);
  expect(renewal.of(map, 2)).toBe(map);
  expect(renewal.of(map, 1)).toBe(map);
  const renewed = renewal.of(map, 1);
  expect(renewed).not.toBe(map);
  expect([...renewed]).toEqual([...map]);
  expect(renewal.of(renewed, 3)).toBe(renewed);
});

import { array, assert, constantFrom, double, jsonValue, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/engine/core/json.ts";
import { Problem } from "../../src/engine/core/problem.ts";
import { itemId, regionOf } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { viewsIn } from "../../src/testing/author-views.ts";
import { SITE_VIEWS } from "../support/folders.ts";

const views = viewsIn(SITE_VIEWS);

/** What the widget makes of it, or that it refuses it, with what to publish instead. */
function shown(name: string, data: Json, history: Json[] = []): string {
  const region = regionOf(parseTopic(name));
  try {
    return views.fragment(region, { data, history, at: 0, id: itemId(region.id, "1") });
  } catch (error) {
    if (error instanceof Problem && error.code === "value_refused") return `refused: ${error.detail}`;
    throw error;
  }
}

const text = (html: string) =>
  html
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
/** What a price says above its chart. */
const reading = (data: Json, history?: Json[]) => text(shown("price", data, history).split("<figure")[0]!);
const NO_NUMBERS: Json[] = [null, false, true, "", " ", "a lot", [], [5], {}, "0x10"];

/** Numbers of every size, and what is none. */
const values = oneof(
  double({ noNaN: true, noDefaultInfinity: true }),
  constantFrom(...NO_NUMBERS, -0, 5e-324, 1e308, -1e308),
  jsonValue(),
);

describe.each([
  ["price", (value: unknown) => value],
  ["price", (value: unknown) => ({ symbol: "ACME", price: 1, change: value })],
  ["gauge", (value: unknown) => value],
  ["gauge", (value: unknown) => ({ value, unit: "°C" })],
  ["counter", (value: unknown) => ({ count: value })],
  ["random", (value: unknown) => ({ value })],
  [
    "vitals",
    (value: unknown) => ({
      cpu: value,
      memory: { used: value, total: value },
      load: [value],
      delay: value,
      cores: value,
    }),
  ],
])("%s", (name, of) => {
  test("shows any value as the number that it is, or refuses it: it draws none that is none", () => {
    assert(
      property(values, array(values, { maxLength: 3 }), (value, earlier) => {
        const html = shown(name, of(value) as Json, earlier.map(of) as Json[]);
        expect(html).not.toMatch(/NaN|Infinity|undefined|∞|>\s*-0(?!\.)|\d{40}/);
      }),
    );
  });
});

test.each(["price", "gauge"])("%s takes nothing for a number that is none", (name) => {
  for (const value of NO_NUMBERS)
    expect(shown(name, value), JSON.stringify(value)).toMatch(/^refused: publish a number/);
});

test.each([
  [-0, "0"],
  [0.0000001234, "0.0000001234"],
  [1e300, "1E300"],
  ["1.10", "1.1"],
])("price shows %j as %s", (value, figure) => {
  expect(reading(value)).toBe(figure);
});

test("a change that is not known is the difference, and not none", () => {
  expect(reading({ price: 102, change: null }, [100])).toBe("102 up 2");
  expect(reading({ price: 102, change: null })).toBe("102");
});

test.each([
  [-1e308, 1e308],
  [0, 1e-280],
])("prices as far apart as %d and %d, or as near, are drawn one above the other", (low, high) => {
  expect(shown("price", high, [low])).toContain(' d="M0,100L100,0"');
});

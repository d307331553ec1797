import { describe, expect, test } from "vitest";
import { asDigits, asNumber, utc } from "../../../src/engine/format/written.ts";

describe("asNumber", () => {
  test.each([
    [5, 5],
    ["102", 102],
    [" -1.5e3 ", -1500],
    [".5", 0.5],
    ["-0", -0],
  ])("takes %j for the number that it is", (value, number) => {
    expect(asNumber(value)).toBe(number);
  });

  test.each([
    undefined,
    null,
    false,
    true,
    "",
    "  ",
    "\n",
    [],
    [5],
    {},
    "0x10",
    "1,5",
    "12 apples",
    "Infinity",
    "1e999",
    Number.NaN,
  ])("takes %j for none", (value) => {
    expect(asNumber(value)).toBeNaN();
  });
});

describe("asDigits", () => {
  test.each([
    [0, "0"],
    [-0, "0"],
    [-1e-300, "-1E-300"],
    [1234567.5, "1,234,567.5"],
    [-99.85, "-99.85"],
    [104321.123456, "104,321.123456"],
    [0.1 + 0.2, "0.3"],
    [0.000001, "0.000001"],
    [0.0000001234, "0.0000001234"],
    [0.00012345, "0.0001235"],
    [999999999999999, "999,999,999,999,999"],
    [1e300, "1E300"],
    [-1.7976931348623157e308, "-1.797693E308"],
  ])("writes %d so that it can be read: %s", (value, text) => {
    expect(asDigits(value)).toBe(text);
  });

  test("has so many decimals and no more, or always so many", () => {
    expect(asDigits(17.845, 1)).toBe("17.8");
    expect(asDigits(-0.04, 1)).toBe("-0.04"); // not 0, of which it is not one
    expect(asDigits(42.5, 2, 2)).toBe("42.50");
    expect(asDigits(1234, 2, 2)).toBe("1,234.00");
  });
});

describe("utc", () => {
  test("writes a time with its zone, for people and for programs", () => {
    const html = '<time datetime="2026-11-21T14:03:07.000Z">14:03:07 UTC</time>';
    expect(utc(Date.UTC(2026, 10, 21, 14, 3, 7))).toBe(html);
    expect(utc("2026-11-21T15:03:07+01:00")).toBe(html);
  });

  test("writes nothing where there is none", () => {
    expect(utc(undefined)).toBe("");
    expect(utc(null)).toBe("");
  });

  test.each(["soon", "", {}, Number.NaN, 1e18])("says that %j is none", (value) => {
    expect(() => utc(value)).toThrow("utc() takes milliseconds since 1970, or a text such as");
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format } from "../../../src/engine/format/format.ts";

const AT = Date.UTC(2026, 10, 21, 14, 3, 7);
const NONE = [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, "", "soon", true, {}, [], [5]];

describe("what is missing or is none is a dash, and never an error", () => {
  test.each(NONE)("%j", (value) => {
    const all = [
      format.number(value),
      format.percent(value),
      format.bytes(value),
      format.duration(value),
      format.ago(value, AT),
      format.ago(AT, value),
      format.date(value),
      format.time(value),
    ];
    expect(all).toEqual(all.map(() => "–"));
  });

  test("whatever a publisher sends, it is a text, and never NaN", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.integer()), (value) => {
        const { number, percent, bytes, duration, ago, date, time } = format;
        for (const write of [number, percent, bytes, duration, date, time]) {
          expect(write(value)).toMatch(/^(?!.*(?:NaN|undefined|null))(?!-0(?![.\d])).{1,40}$/);
        }
        expect(ago(value, AT)).toMatch(/^(?!.*(?:NaN|undefined|null)).{1,40}$/);
      }),
    );
  });
});

describe("format.number", () => {
  test.each([
    [1234.5, {}, "1,234.5"],
    ["102", {}, "102"],
    [-0, {}, "0"],
    [2.5, { decimals: 2 }, "2.50"],
    [12, { unit: "ms" }, "12\u00A0ms"],
    [12, { unit: "%" }, "12%"],
    [21.5, { unit: "°C" }, "21.5\u00A0°C"],
    [0.4, { sign: true }, "+0.4"],
    [-0.4, { sign: true }, "-0.4"],
    [0, { sign: true }, "0"],
    [1_234_567, { compact: true }, "1.2M"],
    [1234.5, { currency: "EUR" }, "€1,234.50"],
    [1234.5, { lang: "de" }, "1.234,5"],
    [1e300, {}, "1E300"],
  ])("writes %j with %j as %s", (value, options, text) => {
    expect(format.number(value, options)).toBe(text);
  });
});

test.each([
  [0.123, {}, "12%"],
  [0.1234, { decimals: 1 }, "12.3%"],
  [-0.004, {}, "0%"],
  [12, {}, "1,200%"],
])("format.percent writes the share %d with %j as %s", (value, options, text) => {
  expect(format.percent(value, options)).toBe(text);
});

test.each([
  [0, {}, "0\u00A0B"],
  [999, {}, "999\u00A0B"],
  [999_960, {}, "1\u00A0MB"],
  [1536, { binary: true }, "1.5\u00A0KiB"],
  [1.5e9, {}, "1.5\u00A0GB"],
  [3e21, {}, "3,000,000\u00A0PB"],
  [-2048, { binary: true }, "-2\u00A0KiB"],
])("format.bytes writes %d with %j as %s", (value, options, text) => {
  expect(format.bytes(value, options)).toBe(text);
});

test.each([
  [0, "0ms"],
  [350, "350ms"],
  [1.25, "1.3ms"],
  [999.9, "1s"],
  [1234, "1.2s"],
  [59_900, "1m"],
  [320_000, "5m 20s"],
  [3_599_900, "1h"],
  [3_900_000, "1h 5m"],
  [90_000_000, "1d 1h"],
  [-65_000, "-1m 5s"],
])("format.duration writes %d ms as %s", (value, text) => {
  expect(format.duration(value)).toBe(text);
});

test("format.duration writes its units out where that is asked for, and in another language", () => {
  expect(format.duration(320_000, { long: true })).toBe("5 minutes 20 seconds");
  expect(format.duration(320_000, { long: true, lang: "de" })).toBe("5 Minuten 20 Sekunden");
});

describe("format.ago", () => {
  test.each([
    [AT, "now"],
    [AT - 20_000, "20 seconds ago"],
    [AT - 59 * 60_000, "59 minutes ago"],
    [AT - 25 * 3_600_000, "1 day ago"],
    [AT - 400 * 86_400_000, "1 year ago"],
    [AT + 300_000, "in 5 minutes"],
    ["2026-11-21T13:58:07Z", "5 minutes ago"],
  ])("says of %s that it is %s, seen from a time that is given", (time, text) => {
    expect(format.ago(time, AT)).toBe(text);
  });

  test("says that it has to be given one, since templates read no clock", () => {
    expect(() => format.ago(AT)).toThrow("templates read no clock: format.ago(data.since, at)");
  });
});

describe("format.date and format.time", () => {
  test("are of UTC, on whatever machine", () => {
    expect(format.date(AT)).toBe("21 Nov 2026");
    expect(format.time(AT)).toBe("14:03");
    expect(format.time(AT, { seconds: true })).toBe("14:03:07");
    expect(format.time("2026-11-21 14:03")).toBe("14:03");
  });

  test("are of another zone, and in another language, where that is asked for", () => {
    const midnight = Date.UTC(2026, 11, 31, 23, 30);
    expect(format.date(midnight, { zone: "Europe/Berlin", lang: "de" })).toBe("1. Jan. 2027");
    expect(format.time(midnight, { zone: "Asia/Kolkata" })).toBe("05:00");
  });
});

describe("an author's mistake is said, with what was meant", () => {
  test.each([
    [
      "format.number() has no option “decimal”. Did you mean “decimals”?",
      () => format.number(1, { decimal: 2 } as object),
    ],
    ["format.bytes() has no option “binry”. Did you mean “binary”?", () => format.bytes(1, { binry: true } as object)],
    ["format.number() takes its options as { decimals: … }", () => format.number(1, 2 as unknown as object)],
    ["format.number() takes decimals from 0 to 20", () => format.number(1, { decimals: 999 })],
    ["format.number(): Incorrect locale information provided", () => format.number(1, { lang: "no such" })],
    ["format.time(): Invalid time zone specified: Nowhere/Land", () => format.time(1, { zone: "Nowhere/Land" })],
  ])("%s", (sentence, mistake) => {
    expect(mistake).toThrow(sentence);
  });
});

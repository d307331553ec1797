import { describe, expect, test } from "vitest";
import { JsonText } from "../../../src/engine/core/json.ts";
import { jsonOrText } from "../../../src/engine/sources/json-or-text.ts";

describe("what a program wrote without saying what it is", () => {
  test.each([
    ["102", 102],
    ["-1.5", -1.5],
    ["0", 0],
    ["1e+21", 1e21],
    ["true", true],
    ["null", null],
    ['{"a": 1}', { a: 1 }],
    [" [1, 2]\r", [1, 2]],
  ])("is JSON where it can be nothing else: %j", (text, value) => expect(jsonOrText(text)).toEqual(value));

  test.each([
    "12e5678",
    "1.10",
    "9007199254740993",
    "007",
    "+1",
    "-0",
    "0x10",
    " 1",
    "1 ",
    "Infinity",
    "NaN",
    "",
    '"quoted"',
    "nullify",
    "{broken",
    "1e400",
  ])("is text where a number would be written otherwise, or it is no JSON: %j", (text) =>
    expect(jsonOrText(text)).toBe(text),
  );

  test("keeps the digits of numbers within JSON, for programs", () => {
    expect(JsonText.of(jsonOrText('{"id": 9007199254740993}')).text).toBe('{"id":9007199254740993}');
  });

  test("has no byte order mark", () => {
    expect(jsonOrText("\uFEFF12")).toBe(12);
    expect(jsonOrText("\uFEFFtext")).toBe("text");
  });
});

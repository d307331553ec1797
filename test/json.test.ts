import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8, parseJson } from "../src/json.ts";
import { Problem } from "../src/problem.ts";

function refusal(read: () => unknown): { code: string; title: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return { code: error.code, title: error.message };
    throw error;
  }
  throw new Error("it was not refused");
}

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const keyed = (keys: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, 0])));

describe("JSON from outside", () => {
  test("is what JSON.parse makes of it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        fc.pre(!text.includes("__proto__"));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ["", 0],
    ["{", 1],
    ["[1,]", 3],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["// a", 0],
    ["01", 1],
    ["nul", 0],
    ['"\n"', 0],
  ])("that is not valid is refused with the offset: %j at %d", (text, offset) => {
    expect(refusal(() => parseJson(text))).toEqual({
      code: "json_invalid",
      title: `The JSON is not valid at offset ${offset}.`,
    });
  });

  test("is refused, and never with an error of ours, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{}":,0-e.\\u \n') }), (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        fc.pre(!valid);
        expect(refusal(() => parseJson(text)).title).not.toContain("undefined");
      }),
    );
  });

  test("has at most 32 levels", () => {
    expect(parseJson(nested(32))).toBeInstanceOf(Array);
    expect(refusal(() => parseJson(nested(33))).code).toBe("json_limits");
    expect(refusal(() => parseJson(nested(130_000))).code).toBe("json_limits");
    expect(refusal(() => parseJson("[".repeat(260_000))).code).toBe("json_limits");
  });

  test("has at most 10,000 keys, wherever they are", () => {
    expect(parseJson(keyed(10_000))).toBeInstanceOf(Object);
    expect(refusal(() => parseJson(keyed(10_001))).code).toBe("json_limits");
    expect(refusal(() => parseJson(`[${keyed(5_001)},${keyed(5_000)}]`)).code).toBe("json_limits");
  });

  test("has no key __proto__, however it is written", () => {
    expect(refusal(() => parseJson('{"__proto__":1}')).code).toBe("json_forbidden_key");
    expect(refusal(() => parseJson('[{"a":{"\\u005f_proto__":null}}]')).code).toBe("json_forbidden_key");
    expect(parseJson('{"a":"__proto__","constructor":1}')).toEqual({ a: "__proto__", constructor: 1 });
  });

  test("may have half a surrogate pair", () => expect(parseJson('"\\ud83d"')).toBe("\ud83d"));
});

describe("bytes from outside", () => {
  test("are UTF-8", () => expect(decodeUtf8(Buffer.from("Grüße 🌊"))).toBe("Grüße 🌊"));

  test.each([
    [[0x22, 0xff, 0x22], 1],
    [[0x61, 0xc3], 1],
    [[0x61, 0x62, 0xed, 0xa0, 0x80], 2],
  ])("that are not are refused with the offset: %j at %d", (bytes, offset) => {
    expect(refusal(() => decodeUtf8(Buffer.from(bytes)))).toEqual({
      code: "json_invalid",
      title: `The body is not UTF-8 at offset ${offset}.`,
    });
  });
});

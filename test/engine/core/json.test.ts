import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8, type Json, JsonText, parseJson } from "../../../src/engine/core/json.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { jsonText, minified } from "../../support/json-text.ts";

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

  test.each([
    ['{"a":1,"a":2}', 7],
    ['[{"b":{}, "b" :{}}]', 10],
    ['{"a":1,"\\u0061":1}', 7],
    ['{"":0,"x":{"":0},"":0}', 17],
  ])("has no key twice in one object, since readers would differ: %s", (text, offset) => {
    const title = `The JSON has the same key twice, the second time at offset ${offset}. Keep one: readers would differ.`;
    expect(refusal(() => parseJson(text))).toEqual({ code: "json_duplicate_key", title });
  });

  test("may have one key in several objects, and a value that is a key elsewhere", () => {
    expect(parseJson('[{"a":"a"},{"a":["a","b"]},"a"]')).toEqual([{ a: "a" }, { a: ["a", "b"] }, "a"]);
  });

  test.each([
    ["1e400", 0],
    ['{"price": -1E+309}', 10],
    ['{"price":1e400}', 9],
    [`[0,${"9".repeat(400)}]`, 3],
  ])("has no number that would read as infinite: %.30s", (text, offset) => {
    expect(refusal(() => parseJson(text))).toEqual({
      code: "json_invalid",
      title: `The JSON has a number at offset ${offset} that is larger than numbers here can be, which is about 1.8e308.`,
    });
  });

  test("may have half a surrogate pair", () => expect(parseJson('"\\ud83d"')).toBe("\ud83d"));
});

describe("the text of a value", () => {
  test("is as it was published, without the white space between its parts", () => {
    fc.assert(
      fc.property(jsonText, ({ text, refused }) => {
        fc.pre(refused.length === 0);
        expect(JsonText.read(text).text).toBe(minified(text));
        expect(JsonText.read(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each(["12345678901234567890", "1.10", "1e2", "-0", "[0.1000,1E5]"])("keeps %s digit for digit", (text) =>
    expect(JsonText.read(` ${text}\r\n`).text).toBe(text),
  );

  test("goes along with a value that is passed on", () => {
    const { value } = JsonText.read('{"id": 12345678901234567890}');
    expect(JsonText.of(value).text).toBe('{"id":12345678901234567890}');
  });

  test("is no copy's, and not of what inherits from the value", () => {
    const value = JsonText.read('{"n": 1.0}').value as { n: number };
    const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(value)) as { n: number; m?: number };
    copy.m = 2;
    const heir = Object.assign(Object.create(value), { m: 3 });
    expect([{ ...value }, copy, heir].map((other) => JsonText.of(other).text)).toEqual([
      '{"n":1}',
      '{"n":1,"m":2}',
      '{"m":3}',
    ]);
  });

  test("does not change with the value that it was made of", () => {
    const value = { list: [1] };
    const json = JsonText.of(value);
    value.list.push(2);
    expect([json.text, json.value]).toEqual(['{"list":[1]}', { list: [1] }]);
  });

  test("reads as what nobody can change", () => {
    const { value } = JsonText.of({ list: [{ n: 1 }] }) as unknown as { value: { list: { n: number }[] } };
    expect(() => value.list.push({ n: 2 })).toThrow(TypeError);
    expect(() => {
      value.list[0]!.n = 2;
    }).toThrow(TypeError);
  });

  class Secret {
    #kept = 1;
    get kept() {
      return this.#kept;
    }
  }
  const endless: { all: unknown[] } = { all: [] };
  endless.all.push({ of: endless });
  test.each<[unknown, string]>([
    [{ prices: new Map([["a", 1]]) }, "/prices is a Map: publish Object.fromEntries(prices)."],
    [new Map(), "The value is a Map: publish Object.fromEntries(value)."],
    [{ a: [{ "b/c": new Set([1]) }] }, "/a/0/b~1c is a Set: publish [...value]."],
    [{ bytes: new Uint8Array(2) }, "/bytes is a typed array: publish [...bytes]."],
    [{ price: Promise.resolve(1) }, "/price is a Promise: publish await price."],
    [{ error: new TypeError("no") }, "/error is an Error: publish error.message."],
    [
      { secret: new Secret() },
      "/secret is a Secret, of which JSON has nothing: publish a plain object with what is to be shown, or give it a toJSON().",
    ],
    [
      [/x/],
      "/0 is a RegExp, of which JSON has nothing: publish a plain object with what is to be shown, or give it a toJSON().",
    ],
    [{ count: 1n }, "/count is a BigInt: publish Number(count), or String(count) to keep all of its digits."],
    [{ price: Number.NaN }, "/price is NaN: publish null, or leave it out."],
    [{ a: [1, Number.POSITIVE_INFINITY] }, "/a/1 is Infinity: publish null, or leave it out."],
    [[1, undefined], "/1 is undefined: publish null, or leave it out."],
    [undefined, "The value is undefined: publish null, or leave it out."],
    [{ now: () => 1 }, "/now is a function: publish what now() returns."],
    [{ mark: Symbol("x") }, "/mark is a symbol: publish null, or leave it out."],
    [{ at: new Date(Number.NaN) }, "/at is a Date that is no time: publish null, or leave it out."],
    [endless, "/all/0/of is what it stands in, and so has no end: publish what is to be shown of it."],
    [{ toJSON: () => undefined }, "The value has a toJSON() that returns nothing. Have it return what to publish."],
  ])("is refused where JSON cannot say it, with the place and what to publish instead (%#)", (value, title) =>
    expect(refusal(() => JsonText.of(value as Json))).toEqual({ code: "json_invalid", title }),
  );

  test("takes what JSON can say: dates, addresses, what has fields, the same object twice", () => {
    const seen = { n: 1 };
    const row = Object.assign(Object.create(null), { at: new Date(0), url: new URL("http://a/") });
    const value = {
      row,
      list: [seen, seen],
      own: new (class Own {
        x = 1;
      })(),
      none: undefined,
      boxed: Object("a"),
    };
    expect(JsonText.of(value as unknown as Json).text).toBe(
      '{"row":{"at":"1970-01-01T00:00:00.000Z","url":"http://a/"},"list":[{"n":1},{"n":1}],"own":{"x":1},"boxed":"a"}',
    );
  });

  test("is refused where it has more levels than anything can read", () => {
    let value: Json = [];
    for (let i = 0; i < 100_000; i++) value = [value];
    expect(refusal(() => JsonText.of(value)).code).toBe("json_limits");
  });

  test("passes on what a toJSON() of its program's throws", () => {
    const own = new Error("its own");
    const toJSON = () => {
      throw own;
    };
    expect(() => JsonText.of({ toJSON } as unknown as Json)).toThrow(own);
  });
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

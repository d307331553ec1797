import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/engine/core/json.ts";
import { sampleOf } from "../../src/mock/json-schema/sample.ts";
import { Unmakeable } from "../../src/mock/json-schema/schema.ts";
import { cpu, leastCpu } from "../faults/slowest.ts";

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
// A package of CommonJS, whose default is beside itself.
addFormats.default(ajv);

/** What is made for a schema, once a validator of others has accepted it. */
function made(schema: Json, about = "Paris"): Json {
  const value = sampleOf(schema, about);
  const validate = ajv.compile(schema as object);
  expect(
    validate(value),
    `${JSON.stringify(schema)} → ${JSON.stringify(value)}: ${ajv.errorsText(validate.errors)}`,
  ).toBe(true);
  return value;
}

const LIST = {
  $defs: {
    node: {
      type: "object",
      properties: { value: { type: "integer" }, next: { $ref: "#/$defs/node" } },
      required: ["value"],
    },
  },
  $ref: "#/$defs/node",
};
const TREE = {
  type: "object",
  properties: { name: { type: "string" }, children: { type: "array", items: { $ref: "#" } } },
  required: ["name", "children"],
  additionalProperties: false,
};

describe("what is made for a schema is what it accepts:", () => {
  test.each<[string, Json, Json | undefined]>([
    ["anything", true, "Paris"],
    ["anything, too", {}, "Paris"],
    ["a text", { type: "string" }, "Paris"],
    ["a short text", { type: "string", maxLength: 3 }, "Par"],
    ["a long text", { type: "string", minLength: 8 }, "Paris..."],
    ["no text", { type: "string", maxLength: 0 }, ""],
    ["a number", { type: "number" }, 1],
    ["a number from", { type: "number", minimum: 2.5 }, 2.5],
    ["a number above", { type: "number", exclusiveMinimum: 2.5 }, 3.5],
    ["a number between", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    ["an integer above", { type: "integer", exclusiveMinimum: 7 }, 8],
    ["an integer above a half", { type: "integer", minimum: 7.5 }, 8],
    ["an integer below", { type: "integer", exclusiveMaximum: -4 }, -5],
    ["a number of which there is one", { type: "number", minimum: 3, maximum: 3 }, 3],
    ["a multiple", { type: "integer", multipleOf: 7, minimum: 10 }, 14],
    ["a multiple that is no integer", { type: "number", multipleOf: 0.25, exclusiveMinimum: 0.3 }, 0.5],
    ["a constant", { const: { a: [1, null] } }, { a: [1, null] }],
    ["one of some", { enum: ["C", "F"] }, "C"],
    ["one of some, by its type", { type: "integer", enum: ["C", 4, 5] }, 4],
    ["what is usual", { type: "string", default: "usual" }, "usual"],
    ["what is usual and wrong", { type: "string", default: 7 }, "Paris"],
    ["one of two types", { type: ["null", "string"] }, null],
    ["items", { type: "array", items: { type: "integer" } }, [1]],
    ["some items", { type: "array", items: { type: "string" }, minItems: 3 }, ["Paris", "Paris", "Paris"]],
    ["distinct items", { type: "array", items: { type: "integer" }, minItems: 3, uniqueItems: true }, [1, 2, 3]],
    [
      "distinct texts",
      { type: "array", items: { type: "string", format: "email" }, minItems: 4, uniqueItems: true },
      undefined,
    ],
    [
      "distinct objects",
      {
        type: "array",
        uniqueItems: true,
        minItems: 3,
        items: {
          type: "object",
          properties: { a: { enum: [1, 2] }, b: { type: "boolean" } },
          required: ["a", "b"],
          additionalProperties: false,
        },
      },
      undefined,
    ],
    ["no items", { type: "array", maxItems: 0 }, []],
    ["items that cannot be", { type: "array", items: false }, []],
    [
      "a tuple",
      { type: "array", prefixItems: [{ type: "integer" }, { type: "boolean" }], items: false, minItems: 2 },
      [1, true],
    ],
    ["items of which one is", { type: "array", contains: { const: 5 }, minItems: 2 }, [5, 5]],
    ["properties", { type: "object", properties: { a: { type: "null" }, b: { const: 1 } } }, { a: null, b: 1 }],
    [
      "properties without a type",
      { properties: { a: { type: "integer" } }, required: ["a", "b"] },
      { a: 1, b: "Paris" },
    ],
    [
      "no more than some properties",
      { type: "object", properties: { a: {}, b: {}, c: {} }, required: ["b"], maxProperties: 1 },
      { b: "Paris" },
    ],
    [
      "some properties of any name",
      { type: "object", minProperties: 2, additionalProperties: { type: "integer" } },
      { property1: 1, property2: 1 },
    ],
    ["a property that cannot be", { type: "object", properties: { a: false, b: { const: 1 } } }, { b: 1 }],
    ["any of", { anyOf: [{ type: "integer", minimum: 4 }, { type: "string" }] }, 4],
    [
      "any of which the first cannot be",
      { anyOf: [false, { type: "integer", minimum: 2, maximum: 1 }, { const: "x" }] },
      "x",
    ],
    ["one of", { oneOf: [{ type: "integer" }, { type: "integer", minimum: 5 }] }, 1],
    [
      "one of two formats",
      {
        oneOf: [
          { type: "string", format: "date" },
          { type: "string", format: "email" },
        ],
      },
      "2025-01-01",
    ],
    [
      "one of two that are needed",
      {
        type: "object",
        properties: { a: { const: 1 }, b: { const: 2 } },
        oneOf: [{ required: ["a"] }, { required: ["b"] }],
      },
      { a: 1 },
    ],
    [
      "all of",
      {
        allOf: [
          { type: "object", properties: { a: { const: 1 } }, required: ["a"] },
          { properties: { b: { const: 2 } }, required: ["b"] },
        ],
      },
      { a: 1, b: 2 },
    ],
    ["all of the same number", { allOf: [{ type: "number", minimum: 3 }, { maximum: 4 }, { type: "integer" }] }, 3],
    ["not", { type: "string", not: { enum: ["Paris", "Paris 2"] } }, "Paris 3"],
    [
      "if and then",
      {
        type: "object",
        properties: { kind: { enum: ["a", "b"] } },
        required: ["kind"],
        if: { properties: { kind: { const: "a" } } },
        // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
        then: { required: ["x"] },
        else: { required: ["y"] },
      },
      { kind: "a", x: "Paris" },
    ],
    ["what depends", { type: "object", properties: { a: { const: 1 } }, dependentRequired: { a: ["b"] } }, undefined],
    ["names", { type: "object", properties: { abc: {}, x: {} }, propertyNames: { maxLength: 1 } }, undefined],
    [
      "a reference",
      { $defs: { city: { type: "string", maxLength: 2 } }, type: "array", items: { $ref: "#/$defs/city" } },
      ["Pa"],
    ],
    ["a reference beside other words", { $defs: { n: { type: "integer" } }, $ref: "#/$defs/n", minimum: 6 }, 6],
    ["a reference by name", { $defs: { n: { $anchor: "count", type: "integer" } }, $ref: "#count" }, 1],
    ["a reference with signs", { $defs: { "a/b~c d": { const: 1 } }, $ref: "#/$defs/a~1b~0c%20d" }, 1],
    ["a list that may go on", LIST, { value: 1 }],
    ["a tree", TREE, undefined],
    [
      "a way out of itself",
      {
        $defs: { x: { anyOf: [{ type: "array", items: { $ref: "#/$defs/x" }, minItems: 1 }, { type: "null" }] } },
        $ref: "#/$defs/x",
      },
      undefined,
    ],
    ["a pattern", { type: "string", pattern: "^[A-Z]{3}-\\d{2,4}$" }, "AAA-11"],
    ["a pattern of a length", { type: "string", pattern: "^(ab|c)+$", minLength: 5, maxLength: 7 }, "ababab"],
    ["a pattern that runs for ever", { type: "string", pattern: "^(a+)+$" }, "a"],
    [
      "a pattern beside a format",
      { type: "string", format: "uuid", pattern: "^(?=[0-9a-f])[0-9a-f-]{36}$" },
      undefined,
    ],
  ])("%s", (_, schema, value) => {
    const found = made(schema);
    if (value !== undefined) expect(found).toEqual(value);
  });

  test.each([
    "date",
    "time",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "uuid",
    "byte",
    "password",
    "unheard-of",
  ])("a format: %s, ten of them", (format) => {
    made({ type: "array", items: { type: "string", format }, minItems: 10, uniqueItems: true });
  });
});

/** A list of people, which is made: the measure of what is not, as no two machines are as fast. */
const PEOPLE: Json = {
  type: "array",
  minItems: 300,
  items: {
    type: "object",
    properties: {
      name: { type: "string", minLength: 3, maxLength: 20 },
      email: { type: "string", format: "email" },
      code: { type: "string", pattern: "^[A-Z]{3}-\\d{2,4}$" },
    },
    required: ["name", "email", "code"],
  },
};
/** As many times as long a schema may be tried before it is refused. */
const TIMES = 30;

/** Each leads to ten of the next. */
const LAUGHS = {
  $defs: Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [
      `d${i}`,
      {
        type: "object",
        required: [..."abcdefghij"],
        properties: Object.fromEntries(
          [..."abcdefghij"].map((name) => [name, i === 11 ? {} : { $ref: `#/$defs/d${i + 1}` }]),
        ),
      },
    ]),
  ),
  $ref: "#/$defs/d0",
};

describe("nothing that a schema says makes it run or grow without bound:", () => {
  const usual = leastCpu(() => sampleOf(PEOPLE, "Paris"));
  const nested = (depth: number): Json =>
    depth === 0 ? { const: 1 } : { anyOf: [{ allOf: [nested(depth - 1), nested(depth - 1)] }] };
  test.each<[string, Json]>([
    ["a text of 1e9 characters", { type: "string", minLength: 1e9 }],
    ["1e9 items", { type: "array", minItems: 1e9 }],
    ["1e9 properties", { type: "object", minProperties: 1e9 }],
    [
      "lists of lists",
      {
        type: "array",
        minItems: 900,
        items: { type: "array", minItems: 900, items: { type: "array", minItems: 900 } },
      },
    ],
    ["long texts in lists", { type: "array", minItems: 1000, items: { type: "string", minLength: 50_000 } }],
    ["itself", { $ref: "#" }],
    ["itself, in a circle", { $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }],
    ["itself, needed", { type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }],
    ["itself and not itself", { not: { $ref: "#" } }],
    ["what leads to ten of what leads to ten", LAUGHS as unknown as Json],
    ["all of the same, doubled and doubled", nested(12)],
    ["many of many", { allOf: Array(60).fill({ anyOf: Array(60).fill({ type: "integer", not: {} }) }) }],
    ["one of what are all alike", { oneOf: Array(5_000).fill({ type: "string" }) }],
    [
      "much that is the same",
      { enum: Array(500).fill("x".repeat(200)), not: { enum: Array(500).fill("x".repeat(200)) } },
    ],
    ["a pattern for a long text", { type: "string", pattern: "((a{1000}){1000}){1000}" }],
    ["a pattern of which no text is accepted", { type: "string", pattern: `(${"[a-z]?".repeat(160)})*`, not: {} }],
    [
      "a pattern of classes that take nothing, or what is far away",
      { type: "string", pattern: `[${"\\p{sc=Goth}".repeat(80)}\u2fff]`, not: {} },
    ],
    [
      "a long pattern for each of many items",
      { type: "array", minItems: 1000, items: { type: "string", pattern: "a?".repeat(500) } },
    ],
    [
      "a reference through thousands of names, for each of many items",
      {
        type: "array",
        minItems: 1000,
        items: { type: "array", minItems: 10, items: { $ref: `#/deep${"/".repeat(20_000)}` } },
        deep: JSON.parse(`${'{"":'.repeat(20_000)}{}${"}".repeat(20_000)}`),
      },
    ],
    ["a pattern that is none", { type: "string", pattern: "(" }],
    ["a pattern that looks around", { type: "string", pattern: "^(?!a)b" }],
    ["a reference to nothing", { $ref: "#/$defs/nothing" }],
    ["a reference elsewhere", { $ref: "https://example.com/schema" }],
    ["a reference that is none", { $ref: 7 }],
    ["a reference to a prototype", { $ref: "#/__proto__" }],
    ["what cannot be", { type: "integer", minimum: 2, maximum: 1 }],
    ["nothing", false],
  ])("%s", (_, schema) => {
    const ms = cpu(() => expect(() => sampleOf(schema, "Paris")).toThrow(Unmakeable));
    expect(ms / usual).toBeLessThan(TIMES);
  });
});

/** Of a schema that leads to itself, Ajv makes code that fails in its own ways, and then says nothing of the value. */
function isAccepted(schema: Json, value: Json): boolean {
  let valid: boolean;
  try {
    valid = ajv.validate(schema as object, value);
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReferenceError) return false;
    throw error;
  }
  expect(valid, `${JSON.stringify(schema)} → ${JSON.stringify(value)}`).toBe(true);
  return true;
}

test("whatever the schema, it is refused, or the value is one that it accepts", () => {
  const limits = { minLength: fc.integer({ min: 0, max: 5 }), maxLength: fc.integer({ min: 0, max: 9 }) };
  const numbers = {
    minimum: fc.integer({ min: -9, max: 9 }),
    exclusiveMaximum: fc.integer({ min: -9, max: 99 }),
    multipleOf: fc.constantFrom(1, 2, 0.5),
  };
  const { schema } = fc.letrec<{ schema: Json }>((tie) => {
    const some = fc.array(tie("schema"), { minLength: 1, maxLength: 3 });
    const properties = fc.dictionary(fc.constantFrom("a", "b", "c"), tie("schema"), { maxKeys: 3 });
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 2 });
    return {
      schema: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom<Json>(true, {}, { type: "boolean" }, { type: "null" }, { $ref: "#/$defs/x" }),
        fc.record(
          { type: fc.constant("string"), ...limits, format: fc.constantFrom("date", "email") },
          { requiredKeys: ["type"] },
        ),
        fc.record({ type: fc.constantFrom("integer", "number"), ...numbers }, { requiredKeys: ["type"] }),
        fc.record({ enum: fc.array(fc.constantFrom<Json>(1, "x", null, [1]), { minLength: 1, maxLength: 3 }) }),
        fc.record(
          {
            type: fc.constant("array"),
            items: tie("schema"),
            minItems: fc.nat(3),
            maxItems: fc.nat(4),
            uniqueItems: fc.boolean(),
          },
          { requiredKeys: ["type"] },
        ),
        fc.record(
          {
            type: fc.constant("object"),
            properties,
            required: names,
            additionalProperties: tie("schema"),
            minProperties: fc.nat(3),
          },
          { requiredKeys: ["type"] },
        ),
        fc.record(
          // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
          { anyOf: some, oneOf: some, allOf: some, not: tie("schema"), if: tie("schema"), then: tie("schema") },
          { requiredKeys: [] },
        ),
      ) as fc.Arbitrary<Json>,
    };
  });
  let refused = 0;
  let accepted = 0;
  fc.assert(
    fc.property(schema, schema, (schema, x) => {
      const whole = typeof schema === "object" && schema !== null ? { ...(schema as object), $defs: { x } } : schema;
      let value: Json;
      try {
        value = sampleOf(whole as Json, "Paris");
      } catch (error) {
        if (!(error instanceof Unmakeable)) throw error;
        refused++;
        return;
      }
      if (isAccepted(whole as Json, value)) accepted++;
    }),
    { numRuns: 1_000 },
  );
  console.log(`schemas: ${accepted} of ${accepted + refused} have a value`);
  expect(accepted).toBeGreaterThan(refused);
});

import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../../../../src/engine/core/json.ts";
import { ValueSchema } from "../../../../src/engine/views/files/value-schema.ts";
import { typedJson, valueFields } from "../../../../src/engine/views/forms/value-form.ts";

const fieldsOf = (schema: z.ZodType, first?: Json) => valueFields(new ValueSchema(schema, "price"), first)!;
const kinds = (schema: z.ZodType, first?: Json) =>
  fieldsOf(schema, first).map(({ label, kind, given }) => [label, kind, given]);
const refuse = (why: string) => {
  throw new Error(why);
};
const typed = (schema: z.ZodType, sent: Record<string, string>) => typedJson(fieldsOf(schema), sent, refuse);

const room = z.object({
  name: z.string(),
  note: z.string().optional(),
  heat: z.number().nullable(),
  open: z.boolean(),
  side: z.enum(["north", "south"]),
  level: z.union([z.literal(1), z.literal(2)]).optional(),
  beds: z.array(z.string()),
});

describe("a form of a schema", () => {
  test("has a field for each member of an object, filled as the sample is", () => {
    const first = { name: "Attic", heat: 20.5, open: true, side: "south", beds: ["a"] };
    expect(kinds(room, first)).toEqual([
      ["name", "text", "Attic"],
      ["note", "text", ""],
      ["heat", "number", "20.5"],
      ["open", "boolean", "true"],
      ["side", "choice", '"south"'],
      ["level", "choice", ""],
      ["beds", "json", '[\n  "a"\n]'],
    ]);
    expect(fieldsOf(room).find(({ label }) => label === "level")!.choices).toEqual(["1", "2"]);
  });

  test("is of the object, where a value may have several shapes; and of the whole value, where it is none", () => {
    expect(kinds(z.union([z.number(), z.object({ price: z.union([z.string(), z.number()]) })]), 7)).toEqual([
      ["price", "text", ""],
    ]);
    expect(kinds(z.number(), 7)).toEqual([["Value", "number", "7"]]);
    expect(kinds(z.array(z.number()), [7])).toEqual([["Value", "json", "[\n  7\n]"]]);
    const keys = Array.from({ length: 21 }, (_, i) => `k${i}`);
    const many = z.object(Object.fromEntries(keys.map((key) => [key, z.number()])));
    const zeros = JSON.stringify(Object.fromEntries(keys.map((key) => [key, 0])), null, 2);
    expect(kinds(many)).toEqual([["Value", "json", zeros]]);
  });

  test("begins, where it has no sample, with all that there may be in a value, for its author to write over", () => {
    const begun = (schema: z.ZodType) => JSON.parse(fieldsOf(schema)[0]!.given);
    const row = z.object({ name: z.string(), on: z.iso.date(), side: z.enum(["north", "south"]), ok: z.boolean() });
    expect(begun(z.array(row))).toEqual([{ name: "", on: "2026-11-21", side: "north", ok: false }]);
    expect(begun(z.record(z.string(), z.number().min(3)))).toEqual({ name: 3 });
    expect(begun(z.tuple([z.iso.datetime(), z.number().nullable()]))).toEqual(["2026-11-21T14:00:00Z", 0]);
    expect(begun(z.array(z.int()).meta({ examples: [[7, 8]] }))).toEqual([7, 8]);
    expect(begun(z.array(z.union([z.object({ a: z.literal(1) }), z.null()])))).toEqual([{ a: 1 }]);
    type Tree = { name: string; in: Tree[] };
    const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), in: z.array(tree) }));
    expect(begun(z.array(tree))).toEqual([null]);
    // What may be left out is until somebody writes it: its shape stands there as a hint.
    const [beds] = fieldsOf(z.object({ beds: z.array(z.string()).optional() }));
    expect([beds!.given, JSON.parse(beds!.hint)]).toEqual(["", [""]]);
  });

  test("is none where a library does not say what a schema takes", () => {
    expect(valueFields(new ValueSchema(z.object({ at: z.date() }), "price"), undefined)).toBeUndefined();
    const silent = { "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) } };
    expect(valueFields(new ValueSchema(silent, "price"), undefined)).toBeUndefined();
  });
});

describe("what is typed", () => {
  test("becomes the value, its numbers digit for digit, without what was left empty", () => {
    const sent = { "/name": "", "/heat": "20.50", "/open": "true", "/side": '"north"', "/beds": '["a", 1e2]' };
    expect(typed(room, sent)).toBe('{"name":"","heat":20.50,"open":true,"side":"north","beds":["a", 1e2]}');
    expect(typed(z.number(), { "/": " .5 " })).toBe("0.5");
    expect(typed(z.object({ "a/b": z.string() }), { "/a~1b": 'x"' })).toBe('{"a/b":"x\\""}');
  });

  test.each([
    ["/heat", "warm", "heat: Write a number."],
    ["/heat", "Infinity", "heat: Write a number."],
    ["/side", '"west"', "side: Choose one of those that are listed."],
    ["/beds", "{a: 1}", "beds: This is no JSON. Texts and keys have double quotes."],
    ["/beds", '1,"x":2', "beds: This is no JSON. Texts and keys have double quotes."],
  ])("is refused where it is nothing of the kind: %s %s", (name, text, why) => {
    expect(() => typed(room, { [name]: text })).toThrow(why);
  });

  test("is refused where nothing was", () => expect(() => typed(z.number(), {})).toThrow("Write a value."));
});

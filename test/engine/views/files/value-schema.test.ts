import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { JsonText } from "../../../../src/engine/core/json.ts";
import type { Problem } from "../../../../src/engine/core/problem.ts";
import { loadSchemas, ValueSchema } from "../../../../src/engine/views/files/value-schema.ts";
import { writeFiles } from "../../../support/folders.ts";
import { thrown } from "../../../support/views.ts";

const refused = (schema: StandardSchemaV1, value: unknown, development = false) =>
  thrown<Problem>(() => new ValueSchema(schema, "price", development).check(JsonText.of(value as never)));
/** A schema of no library's. */
const schemaOf = (validate: StandardSchemaV1["~standard"]["validate"]): StandardSchemaV1 => ({
  "~standard": { version: 1, vendor: "test", validate },
});
const lines = z.object({ "a/b~c": z.array(z.object({ n: z.number("Write a number.") })) });

describe("a value that does not fit", () => {
  test("is told place by place, by JSON Pointers and in the schema's words", () => {
    const { status, code, message, detail, errors } = refused(lines, { "a/b~c": [{ n: 1 }, { n: "2" }, {}] });
    expect([status, code, message]).toEqual([422, "value_invalid", "The value does not fit the schema of “price”."]);
    expect(errors).toEqual([
      { pointer: "/a~1b~0c/1/n", detail: "Write a number." },
      { pointer: "/a~1b~0c/2/n", detail: "Write a number." },
    ]);
    expect(detail).toBe("/a~1b~0c/1/n: Write a number. /a~1b~0c/2/n: Write a number.");
  });

  test("as a whole has the empty pointer, and no place in the sentence", () => {
    const { detail, errors } = refused(z.number("Publish a number."), "x");
    expect([detail, errors]).toEqual(["Publish a number.", [{ pointer: "", detail: "Publish a number." }]]);
  });

  test("is told in bounds, however much of it is wrong, and however long its keys are", () => {
    const many = refused(z.array(z.number()), Array(5_000).fill("x"));
    expect(many.errors).toHaveLength(10);
    const long = refused(z.record(z.string(), z.number("x".repeat(5_000))), { ["k".repeat(5_000)]: "x" });
    const [error] = long.errors!;
    expect([error!.pointer.length, error!.detail.length]).toEqual([201, 301]);
  });

  test("is told by libraries that give places as objects", () => {
    const issues = [{ message: "No.", path: [{ key: "a" }, 0] }];
    expect(
      refused(
        schemaOf(() => ({ issues })),
        {},
      ).errors,
    ).toEqual([{ pointer: "/a/0", detail: "No." }]);
  });
});

describe("a schema", () => {
  test("that fails later is refused as one that answers later, and nothing is left over that would end the process", () => {
    const failing = z.object({
      n: z.string().refine(async () => {
        throw new Error("no directory");
      }),
    });
    expect(refused(failing, { n: "x" }).code).toBe("schema_failed");
    const later = schemaOf(() => runInNewContext("Promise.resolve()")); // a promise, and none of this module's Promise
    expect(refused(later, 1).code).toBe("schema_failed");
  });

  test("that changes what it is given changes its own copy", () => {
    const given = JsonText.of({ price: 1 });
    const changing = schemaOf((value) => {
      (value as { price: number }).price = 2;
      return { value };
    });
    new ValueSchema(changing, "price").check(given);
    expect([given.text, given.value]).toEqual(['{"price":1}', { price: 1 }]);
  });

  test("that throws refuses the value: its author is told why, and of others the operator alone", () => {
    const failing = schemaOf(() => {
      throw new Error("so it is");
    });
    const toOthers = refused(failing, 1);
    expect([toOthers.status, toOthers.code, toOthers.detail]).toEqual([422, "schema_failed", undefined]);
    expect(toOthers.message).toBe("The schema of “price” cannot check this value. The server's log says why.");
    expect(toOthers.cause).toEqual(new Error("so it is"));
    expect(refused(failing, 1, true).detail).toBe("Error: so it is");
  });

  test("that answers later is refused with the mend, also where its answer is an error", () => {
    const later = schemaOf(() => Promise.reject(new Error("nobody waits for this")));
    const { code, detail } = refused(later, 1, true);
    expect([code, detail]).toEqual([
      "schema_failed",
      "The schema gives its answer later, and values are taken one after the other: leave out what waits, such as an async refinement.",
    ]);
    expect(
      refused(
        z.number().refine(async () => true),
        1,
        true,
      ).code,
    ).toBe("schema_failed");
  });
});

describe("a folder of widgets", () => {
  const GOOD = 'export default { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };';
  const load = (files: Record<string, string>) => {
    const dir = mkdtempSync(join(tmpdir(), "brooklet-schemas-"));
    writeFiles(dir, files);
    return loadSchemas(pathToFileURL(`${dir}/`));
  };

  test("has its schemas by the names of their widgets; other code there is theirs to import", async () => {
    const others = { "_units.js": "throw new Error();", "topics.d.ts": "", "price.eta": "", "chart.js": "throw 1;" };
    const callable = "export default Object.assign(() => {}, { '~standard': { version: 1, validate: () => ({}) } });";
    const schemas = await load({ "price.schema.js": GOOD, "rooms.schema.js": callable, ...others });
    expect([...schemas.keys()]).toEqual(["price", "rooms"]);
  });

  test.each([
    ["that exports something else", "price.schema.js", "export default { price: 1 };", "it exports no schema. Write: "],
    ["that exports nothing", "price.schema.js", "export const price = 1;", "it exports no schema. Write: "],
    ["that throws", "price.schema.js:1", "throw new Error('so it is');", "so it is"],
    [
      "that lacks a package",
      "price.schema.js:1",
      "import '@none/x/y';",
      "the package “@none/x” is not there. Install it: npm",
    ],
    ["elsewhere than beside its template", "deep/price.schema.js", GOOD, "A schema stands beside its template"],
  ])("refuses a schema %s, with its file", async (_, place, text, why) => {
    const [file = ""] = place.split(":");
    await expect(load({ [file]: text })).rejects.toThrow(`views/widgets/${place}: ${why}`);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { JsonText } from "../../src/engine/core/json.ts";
import { loadSchemas } from "../../src/engine/views/files/value-schema.ts";
import { SITE_VIEWS } from "../support/folders.ts";

const schemas = await loadSchemas(pathToFileURL(`${SITE_VIEWS}/widgets/`));
const misfits = (json: string) => schemas.get("price")!.misfits(JsonText.read(json));

test.each([
  '{"symbol":"ACME","price":101.2,"change":0.4}',
  '{"price":"1e3","change":""}',
  "102",
  '" -0.5 "',
  '{"price":1}',
])("a price may be published as %s", (json) => expect(misfits(json)).toEqual([]));

test.each([
  ['{"symbol":"ACME","price":"soon"}', "/price", "Write a number."],
  ['{"price":1,"change":"more"}', "/change", "Write a number."],
  ['"0x10"', "", "Write a number."],
  ["[5]", "", 'Publish a number, or { "price": number, "change": number }.'],
  ['{"symbol":"ACME"}', "", 'Publish a number, or { "price": number, "change": number }.'],
])("a price published as %s is refused", (json, pointer, detail) => {
  expect(misfits(json)).toEqual([{ pointer, detail }]);
});

test("every sample of it fits", () => {
  const samples = JSON.parse(readFileSync(join(SITE_VIEWS, "widgets/price.samples.json"), "utf8"));
  for (const { data, history = [] } of Object.values<{ data: unknown; history?: unknown[] }>(samples)) {
    for (const value of [...history, data]) expect(misfits(JSON.stringify(value))).toEqual([]);
  }
});

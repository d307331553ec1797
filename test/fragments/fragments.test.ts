import { join } from "node:path";
import { parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { itemId, regionOf } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { Views } from "../../src/engine/views/views.ts";

const root = join(import.meta.dirname, "../..");
const views = Views.load(join(root, "views"), (path) => `/${path}`);

// A widget is found by its file, and its samples beside it: a new one needs no line here.
describe.each([...views.widgets.values()])("$name", ({ name, kind, samples }) => {
  test("has samples", () => {
    expect(samples.length).toBeGreaterThan(0);
  });

  test.each(samples)("renders $name as its snapshot shows", async (sample) => {
    const region = regionOf(parseTopic(name), sample.params);
    const html = views.fragment(region, kind === "log" ? { ...sample, id: itemId(region.id, "1") } : sample);
    const snapshot = join(import.meta.dirname, "snapshots", `${name}.${sample.name}.html`);
    await expect(`${html}\n`).toMatchFileSnapshot(snapshot);
  });

  test.each(samples)("renders $name to HTML without a parse error, script or inline style", (sample) => {
    const region = regionOf(parseTopic(name), sample.params);
    const html = views.fragment(region, kind === "log" ? { ...sample, id: itemId(region.id, "1") } : sample);
    const errors: string[] = [];
    parseFragment(html, { onParseError: ({ code }) => errors.push(code), sourceCodeLocationInfo: true });
    expect(errors).toEqual([]);
    expect(html).not.toMatch(/<script|<[^>]*\s(?:style|on\w+)=/i);
  });
});

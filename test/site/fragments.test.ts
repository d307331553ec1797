import { join } from "node:path";
import { parseFragment } from "parse5";
import { expect, test } from "vitest";
import { itemId, regionOf } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { viewsIn } from "../../src/testing/author-views.ts";
import { SITE_VIEWS } from "../support/folders.ts";

const views = viewsIn(SITE_VIEWS);

// A widget is found by its file, and its samples beside it: a new one needs no line here.
const SAMPLES = [...views.widgets.values()].flatMap(({ name, kind, samples }) =>
  samples.map((sample) => ({ name, kind, sample, called: sample.name })),
);

test("every widget loads, and its samples have params that it knows", () => {
  for (const { name, sample } of SAMPLES) views.check(regionOf(parseTopic(name), sample.params));
});

test.each(SAMPLES)("$name shows its sample “$called” as the snapshot does", async ({ name, kind, sample }) => {
  const region = regionOf(parseTopic(name), sample.params);
  const html = views.fragment(region, kind === "log" ? { ...sample, id: itemId(region.id, "1") } : sample);
  const errors: string[] = [];
  parseFragment(html, { onParseError: ({ code }) => errors.push(code), sourceCodeLocationInfo: true });
  expect(errors).toEqual([]);
  // The policy of every page lets neither pass.
  expect(html).not.toMatch(/<script|<[^>]*\s(?:style|on\w+)=/i);
  const file = `${name}.${sample.name.replaceAll(" ", "-")}.html`;
  await expect(`${html}\n`).toMatchFileSnapshot(join(import.meta.dirname, "snapshots", file));
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/engine/core/json.ts";
import { itemId, regionOf } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import type { RenderInput } from "../../src/engine/core/widget.ts";
import type { Sample } from "../../src/engine/views/files/samples.ts";
import { KitWidgets } from "../../src/engine/views/kit-widgets.ts";
import { KIT, kitWidgets } from "../../src/kit/kit.ts";

const kit = new KitWidgets(KIT);
const NAMES = [...kit.widgets.keys()];
const SAMPLES = [...kit.widgets.values()].flatMap(({ name, samples }) =>
  samples.map((sample) => ({ name, sample, called: sample.name })),
);

function rendered(name: string, given: Partial<Sample>): string {
  const region = regionOf(parseTopic(name), given.params ?? {});
  const sight = { history: [], at: 0, ...given } as RenderInput;
  const isLog = kit.widgets.get(name)!.kind === "log";
  return kit.fragment(region, isLog ? { ...sight, id: itemId(region.id, "1") } : sight);
}

test.each(SAMPLES)("$name shows its sample “$called” as the snapshot does", async ({ name, sample, called }) => {
  const html = rendered(name, sample);
  const errors: string[] = [];
  parseFragment(html, { onParseError: ({ code }) => errors.push(code), sourceCodeLocationInfo: true });
  expect(errors).toEqual([]);
  // The policy of every page lets neither pass.
  expect(html).not.toMatch(/<script|<[^>]*\s(?:style|on\w+)=/i);
  const file = `${name}.${called.replaceAll(" ", "-")}.html`;
  await expect(`${html}\n`).toMatchFileSnapshot(join(import.meta.dirname, "snapshots", file));
});

describe.each(NAMES)("%s", (name) => {
  const { samples, source } = kit.widgets.get(name)!;

  test("can be read in a minute", () => {
    expect(source.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
  });

  test("has samples of what is first and what is extreme, and of text that is long, and written from right to left", () => {
    const names = samples.map((sample) => sample.name);
    for (const wanted of ["first", "extreme"]) expect(names).toContain(wanted);
    if (name === "presence") return; // which shows no text of anybody's
    expect(names).toContain("long");
    expect(rendered(name, samples.find((sample) => sample.name === "right to left")!)).toMatch(/ dir="auto"|<bdi>/);
  });

  test("takes none of its data for markup", () => {
    for (const sample of samples) {
      let html: string;
      try {
        html = rendered(name, { ...sample, data: hostile(sample.data) });
      } catch {
        continue; // refused, which is as well
      }
      expect(elements(parseFragment(html)).filter(({ tagName }) => tagName === "x-evil")).toEqual([]);
      expect(html).not.toContain("<x-evil");
    }
  });
});

const WRONG: readonly [name: string, wrong: unknown[], words: string][] = [
  [
    "line-chart",
    ["x", "", true, ["x"], [[1]], { A: 1, B: "x" }, { values: true }, { values: [1], limit: "x" }],
    "publish a number",
  ],
  ["bar-chart", ["x", 1, null, true, ["x"], { A: "x" }, { A: { B: "x" } }, { values: [1], limit: "x" }], "publish {"],
  ["sparkline", ["x", "", true, [], {}, { value: "x" }], "publish a number"],
  ["number", ["high", "", true, [], {}, { value: "x" }, { value: 1, change: "x" }], "publish a number"],
  ["meter", ["x", "", null, {}, { value: 1, max: 0 }, { value: 1, high: "x" }, { value: [] }], "publish a percentage"],
  ["progress", ["x", "", null, { percent: "x" }, { percent: 1, seconds_left: -1 }], "publish a percentage"],
  [
    "status",
    [
      1,
      "x",
      null,
      {},
      { state: "broken" },
      [{ name: "Search" }],
      ["up", "x"],
      { state: ["up"] },
      { state: "up", since: "a while ago" },
    ],
    "publish [{",
  ],
  [
    "timeline",
    [1, "", null, {}, { title: " " }, { title: "x", text: 1 }, { title: "x", when: "soon" }],
    "publish a text",
  ],
  ["text", [1, null, [], {}, { text: 1 }], "publish a text"],
  ["list", [null, [], {}, { text: true }], "publish a text"],
  ["table", [1, "x", null, {}, [1], [["Ada", 12]], { rows: [null] }], "publish rows"],
  ["rows", [1, "x", null, {}, ["Ada", 12]], "publish a row"],
  ["presence", ["x", "", null, -1, 1.5, {}], "publish a whole number"],
  ["comments", ["x", null, {}, { name: "Ada" }, { text: " " }], "publish {"],
  [
    "image",
    [
      "x",
      null,
      { src: "/x.png", width: 1, height: 1 },
      { src: "/x.png", alt: " ", width: 1, height: 1 },
      { src: "/x.png", alt: "x" },
      { src: "/x.png", alt: "x", width: 0, height: 1 },
      ...["//example.com/x.png", "/\\example.com/x.png", "data:image/png,", "x.png", 1].map((src) => ({
        src,
        alt: "x",
        width: 1,
        height: 1,
      })),
    ],
    'publish { "src": "/assets/',
  ],
  [
    "image",
    [{ src: "https://example.com/x.png", alt: "x", width: 1, height: 1 }],
    "pages show no picture from there: add its origin to MEDIA_ORIGINS",
  ],
];

test.each(WRONG)("%s refuses what it cannot show, and says what to publish", (name, wrong, words) => {
  for (const data of wrong as Json[]) {
    const refused = { status: 422, code: "value_refused", detail: expect.stringContaining(words) };
    expect(() => rendered(name, { data }), JSON.stringify(data)).toThrow(expect.objectContaining(refused));
  }
});

test("what belongs to each is found by its name, and all there is belongs to one", () => {
  const widgets = kitWidgets();
  expect([...widgets.keys()].sort()).toEqual([...NAMES].sort());
  for (const [name, { files }] of widgets) {
    expect(files[0]).toBe(`widgets/${name}.eta`);
    expect(files).toContain(`widgets/${name}.samples.json`);
    for (const file of files) expect(readFileSync(join(KIT, file), "utf8")).not.toBe("");
  }
});

const EVIL = `"'><x-evil a=">&`;

/** The same with something harmful in each text. */
function hostile(value: Json): Json {
  if (typeof value === "string") return value + EVIL;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(hostile);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hostile(inner)]));
}

function elements(node: DefaultTreeAdapterTypes.ParentNode): DefaultTreeAdapterTypes.Element[] {
  const own = node.childNodes.filter((child) => "tagName" in child);
  return own.flatMap((element) => [element, ...elements(element)]);
}

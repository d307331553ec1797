import fc from "fast-check";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import type { ValueFormat } from "../../../src/engine/charts/options.ts";

/** What a publisher may send as one value: numbers of every size, and what is none. */
const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 1e15, 1e-9),
  fc.constantFrom(null, undefined, "", "12", "1e3", "twelve", true, "<b>"),
);
const name = fc.oneof(fc.string(), fc.constantFrom('<script>"&', "מחיר", "价格", "a".repeat(300), "__proto__"));
const at = fc.oneof(
  fc.date({ noInvalidDate: false }).map((date) => (Number.isNaN(date.getTime()) ? "no time" : date.toISOString())),
  fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
  fc.constantFrom(8.64e15, -8.64e15, 0, "2026-11-21", "2026-11-21T14:03", Number.NaN),
);

/** Values of one series, in every shape that charts take. */
export const list = fc.oneof(
  fc.array(value),
  fc.array(fc.tuple(fc.oneof(at, name), value)),
  fc.array(fc.record({ at, value })),
  fc.array(fc.record({ name, value })),
);
export const lists = fc.oneof(list, fc.dictionary(name, list, { maxKeys: 4 }), fc.constantFrom(null, undefined));

export const numbersByName = fc.oneof(
  lists,
  fc.dictionary(name, value),
  fc.dictionary(name, fc.dictionary(name, value), { maxKeys: 4 }),
);

export const options = fc.record(
  {
    title: name,
    unit: name,
    format: fc.constantFrom<ValueFormat[]>("number", "percent", "bytes", "duration", (n: number) => `<i>${n}</i>`),
    zone: fc.constantFrom("UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"),
    lang: fc.constantFrom("en", "de", "ar"),
    min: fc.double({ noNaN: true, noDefaultInfinity: true }),
    max: fc.double({ noNaN: true, noDefaultInfinity: true }),
    limit: fc.oneof(
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.record({ value: fc.integer(), name }),
    ),
  },
  { requiredKeys: [] },
);

/** What of some HTML is not to be in a chart: markup that is not ours or not well formed, what is no number, what is no hundred. */
export function faults(html: string): string[] {
  const found: string[] = [];
  const fragment = parseFragment(html, {
    onParseError: ({ code }) => found.push(code),
    sourceCodeLocationInfo: true,
  });
  const all = elements(fragment);
  if (all.length > 500) found.push(`${all.length} elements`);
  for (const { tagName, attrs } of all) {
    if (!KNOWN.has(tagName)) found.push(`<${tagName}>`);
    for (const { name, value } of attrs) {
      if (name === "style" || name === "id" || name.startsWith("on")) found.push(`${tagName} ${name}`);
      if (DRAWN.has(name) && /NaN|Infinity|undefined|null|\.\d{3}|e[+-]/.test(value)) found.push(`${name}="${value}"`);
    }
  }
  return found;
}

const KNOWN = new Set("figure figcaption svg path rect text div span p b table caption tbody tr td th".split(" "));
const DRAWN = new Set(["d", "x", "y", "width", "height", "stroke-dasharray"]);

export function elements(node: DefaultTreeAdapterTypes.ParentNode): DefaultTreeAdapterTypes.Element[] {
  const own = node.childNodes.filter((child) => "tagName" in child);
  return own.flatMap((element) => [element, ...elements(element)]);
}

import { join } from "node:path";
import fc from "fast-check";
import { parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { charts } from "../../../src/engine/charts/chart.ts";
import { ENGLISH } from "../../../src/engine/words/words.ts";
import { elements, faults, list, lists, numbersByName, options } from "./values.ts";

const chart = charts(ENGLISH);

const T = Date.UTC(2026, 10, 21, 14, 0, 0);
const MINUTE_MS = 60_000;
const minutes = (values: (number | null)[]) => values.map((value, i) => ({ at: T + i * MINUTE_MS, value }));

describe("whatever values come, a chart is well-formed, bounded, and of numbers only", () => {
  const only = (given: object, ...names: string[]) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));

  test("a line", () => {
    fc.assert(
      fc.property(lists, options, (values, given) => {
        expect(faults(chart.line(values, given))).toEqual([]);
      }),
    );
  });

  test("bars", () => {
    fc.assert(
      fc.property(numbersByName, options, (values, given) => {
        expect(faults(chart.bar(values, given))).toEqual([]);
      }),
    );
  });

  test("a line without axes", () => {
    fc.assert(
      fc.property(list, options, (values, given) => {
        const some = only(given, "title", "unit", "format", "lang", "min", "max");
        expect(faults(chart.spark(values, some))).toEqual([]);
      }),
    );
  });

  test("a gauge", () => {
    fc.assert(
      fc.property(fc.anything(), options, (value, given) => {
        const some = only(given, "title", "unit", "format", "lang", "limit");
        expect(faults(chart.gauge(value, some))).toEqual([]);
      }),
    );
  });

  test.each([
    ["numbers", Array.from({ length: 50_000 }, (_, i) => Math.sin(i / 900))],
    ["numbers and gaps in turn", Array.from({ length: 50_000 }, (_, i) => (i % 2 === 0 ? i : null))],
    ["times", minutes(Array.from({ length: 20_000 }, (_, i) => i % 77))],
    ["eight lines", Object.fromEntries([..."abcdefgh"].map((name) => [name, minutes(Array(5_000).fill(3))]))],
  ])("a very long one: of %s", (_, values) => {
    const html = chart.line(values);
    expect(faults(html)).toEqual([]);
    expect(html.length).toBeLessThan(48 * 1024); // of the 64 KiB that a widget may have
  });

  test("very many bars", () => {
    for (const values of [
      Array.from({ length: 50_000 }, (_, i) => i % 77),
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`name ${i}`, i])),
      { a: minutes(Array(5_000).fill(3)), b: minutes(Array(5_000).fill(4)) },
    ]) {
      expect(faults(chart.bar(values))).toEqual([]);
    }
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`name ${i}`, i]));
    expect(chart.bar(many)).toContain("and 440 more");
  });
});

const SHOWN: Record<string, string> = {
  "line.first": chart.line([99.95], { title: "Price" }),
  "line.two": chart.line([99.95, 102], { title: "Price" }),
  "line.empty": chart.line([], { title: "Price" }),
  "line.times": chart.line(minutes([3, 4, null, 8, 7.5, 9, 12, 11, 10, 9]), {
    title: "Delay",
    unit: "ms",
    limit: { value: 10, name: "too slow" },
  }),
  "line.several": chart.line(
    { CPU: minutes([0.2, 0.4, 0.3]), "Memory & swap": minutes([0.6, null, 0.62]) },
    { format: "percent", min: 0, max: 1 },
  ),
  "bar.times": chart.bar(minutes([3, 5, 0, -2]), { title: "Change" }),
  "bar.names": chart.bar({ Tea: 3, "Coffee & cake": 5, Water: null }, { title: "Votes" }),
  "bar.several": chart.bar({ 2025: { Paris: 3, Rome: 5 }, 2026: { Paris: -1, Rome: 6 } }, { limit: 5 }),
  spark: chart.spark([3, 4, null, 8, 7], { title: "Price" }),
  "spark.empty": chart.spark(null),
  gauge: chart.gauge(21.5, { title: "Heat", unit: "°C", max: 40, limit: 20 }),
  "gauge.none": chart.gauge(undefined),
};

test.each(Object.keys(SHOWN))("%s is drawn as its snapshot", async (name) => {
  await expect(`${SHOWN[name]}\n`).toMatchFileSnapshot(join(import.meta.dirname, "snapshots", `${name}.html`));
});

/** The `d` of each path of a class. */
function paths(html: string, of: string): string[] {
  const has = (attrs: { name: string; value: string }[]) =>
    attrs.some(({ name, value }) => name === "class" && value.split(" ").includes(of));
  return elements(parseFragment(html))
    .filter(({ tagName, attrs }) => tagName === "path" && has(attrs))
    .map(({ attrs }) => attrs.find(({ name }) => name === "d")!.value);
}

/** The words of a chart that are read aloud. */
function spoken(html: string): string {
  return elements(parseFragment(html))
    .flatMap(({ attrs }) => attrs.filter(({ name }) => name === "aria-label"))
    .map(({ value }) => value)[0]!;
}

describe("a line", () => {
  test("of one value is a dot at the right, in the middle", () => {
    const [line, dot] = paths(chart.line([100]), "chart-line");
    expect([line, dot]).toEqual(["M100,50Z", "M100,50Zm0,0z"]);
  });

  test("of two values goes over the whole width: it is no vertical line", () => {
    expect(paths(chart.line([1, 2]), "chart-line")[0]).toBe("M0,100L100,0");
  });

  test("has a gap where a value is missing, and a dot where one stands alone", () => {
    const values = [1, 2, 3, null, 4, "?", 5, 6, 7, 8, 9, 10];
    const [line, dots] = paths(chart.line(values), "chart-line");
    expect(line!.split("M").length - 1).toBe(3);
    expect(dots!.split("M").length - 1).toBe(2); // the one that stands alone, and the newest
  });

  test("keeps its highest and lowest value, however long it is", () => {
    const values = Array.from({ length: 30_000 }, () => 5);
    values[12_345] = 100;
    values[20_001] = 0;
    expect(paths(chart.line(values), "chart-line")[0]).toMatch(/,0L.*,100L/);
  });

  test("of a value that stays is in the middle, of whatever size it is", () => {
    for (const value of [5, -5, 0.000_001, 1e300]) {
      expect(paths(chart.line([value, value]), "chart-line")[0]).toMatch(/^M0,(?:50|[45]\d\.\d+)L100/);
    }
  });

  test("of several series, unlike in length, ends with the newest of each", () => {
    const [, , long, , short] = paths(chart.line({ a: [1, 2, 3], b: [3, 1] }), "chart-line");
    expect(long).toMatch(/^M0,/);
    expect(short).toMatch(/L100,/);
  });

  test("of texts that say numbers is drawn as they say", () => {
    expect(paths(chart.line(["1", "2"]), "chart-line")[0]).toBe("M0,100L100,0");
  });

  test("is as high on the page without values as with them, and says that there are none", () => {
    for (const none of [[], null, undefined, [null, "?"], {}, { CPU: [] }]) {
      expect(chart.line(none)).toContain("No values yet");
      expect(spoken(chart.line(none))).toContain("no values yet");
    }
  });
});

describe("the axes", () => {
  const scale = (html: string) =>
    [...html.matchAll(/^<span>(.*)<\/span>$/gm)].map(([, text]) => text!.replaceAll("\u00A0", " "));
  const below = (html: string) => [...html.matchAll(/<text class="chart-tick(.*?)".*>(.*)<\/text>/g)];

  test("have round values, evenly spaced, with their unit", () => {
    expect(scale(chart.line([3, 97], { unit: "%" }))).toEqual(["100%", "80%", "60%", "40%", "20%", "0%"]);
    expect(scale(chart.line([0.2, 0.9], { format: "percent" }))).toEqual(["100%", "80%", "60%", "40%", "20%"]);
    expect(scale(chart.line([0, 1_400_000]))).toEqual(["1.5M", "1M", "500K", "0"]);
    expect(scale(chart.line([0, 4e9], { format: "bytes" }))).toEqual(["4 GB", "3 GB", "2 GB", "1 GB", "0 B"]);
    expect(scale(chart.line([1.1, 1.3]))).toEqual(["1.30", "1.25", "1.20", "1.15", "1.10"]);
    expect(scale(chart.line([1, 4], { format: (n) => `${n} cups` }))).toEqual([
      ...["4 cups", "3.5 cups", "3 cups", "2.5 cups", "2 cups", "1.5 cups", "1 cups"].filter((_, i) => i % 2 === 0),
    ]);
  });

  test("have a long unit once above them", () => {
    const html = chart.line([3, 4], { unit: "requests a minute" });
    expect(scale(html)[0]).toBe("4.0");
    expect(html).toContain(">requests a minute</p>");
  });

  test("have no unit where it is null, as what is published may be", () => {
    expect(scale(chart.line([3, 97], { unit: null }))[0]).toBe("100");
    expect(spoken(chart.gauge(21.5, { unit: null }))).not.toContain("null");
    expect(chart.bar({ Tea: 3 }, { unit: null })).not.toContain("null");
  });

  test("reach a limit, and what min and max say", () => {
    expect(scale(chart.line([3, 4], { min: 0, max: 10, limit: 12 }))[0]).toBe("15");
    expect(scale(chart.line([3, 4], { min: 0 })).at(-1)).toBe("0");
  });

  test("have 0 for bars, whose length is the value", () => {
    expect(scale(chart.bar([103, 104])).at(-1)).toBe("0");
    expect(scale(chart.bar([-103, -104]))[0]).toBe("0");
  });

  test("tell times of the zone that is asked for, by whatever people count", () => {
    const hours = Array.from({ length: 13 }, (_, i) => [T + i * 60 * MINUTE_MS, i]);
    expect(below(chart.line(hours)).map(([, , text]) => text)).toContain("22 Nov");
    expect(below(chart.line(hours, { zone: "Asia/Kolkata" })).map(([, , text]) => text)).toContain("21:00");
    const days = Array.from({ length: 400 }, (_, i) => [T + i * 24 * 60 * MINUTE_MS, i]);
    expect(below(chart.line(days)).map(([, , text]) => text)).toEqual(expect.arrayContaining(["2027", "Jul"]));
    const seconds = [T, T + 500, T + 1500].map((at) => ({ at, value: 1 }));
    expect(below(chart.line(seconds)).map(([, , text]) => text)).toContain("14:00:01");
  });

  test("have an hour once where clocks are put back, and none that clocks leave out", () => {
    for (const day of [Date.UTC(2026, 9, 25), Date.UTC(2026, 2, 29)]) {
      const hours = Array.from({ length: 7 }, (_, i) => [day - 2 * 60 * MINUTE_MS + i * 60 * MINUTE_MS, i]);
      const ticks = below(chart.line(hours, { zone: "Europe/Berlin" })).filter(
        ([, where]) => where !== " chart-narrow",
      );
      const texts = ticks.map(([, , text]) => text);
      expect(texts.length).toBeGreaterThan(3);
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  test("tell no times between two bars", () => {
    expect(new Set(below(chart.bar(minutes([1, 2, 3]))).map(([, , text]) => text))).toEqual(
      new Set(["14:00", "14:01", "14:02"]),
    );
  });

  test("have fewer labels on a narrow chart, which are there for it alone", () => {
    const labels = below(chart.line(minutes(Array(25).fill(1))));
    const on = (other: string) => labels.filter(([, where]) => where !== other).length;
    expect(on(" chart-wide")).toBeLessThan(on(" chart-narrow"));
    expect(on(" chart-wide")).toBeGreaterThan(0);
  });

  test("leave out names for which there is no room", () => {
    const names = Array.from({ length: 40 }, (_, i) => [`A rather long name ${i}`, i]);
    expect(below(chart.line(names)).length).toBeLessThan(10);
  });
});

describe("a line ends at the newest value, and there its dot is", () => {
  /** What was drawn last of what bears these classes, but for steps of no length: where, from the left and from the top. */
  const endOf = (html: string, classes: string) =>
    new RegExp(`class="${classes}" d="[^"]*?([\\d.]+),([\\d.]+)Z?[mlz0,]*"`).exec(html)?.slice(1).map(Number);
  const ofHundred = { min: 0, max: 100 };
  const value = fc.option(fc.integer({ min: 0, max: 100 }));
  const long = fc
    .tuple(fc.array(value, { maxLength: 20 }), fc.integer({ min: 1, max: 200 }))
    .map(([some, times]) => Array.from({ length: times }, () => some).flat());
  const timed = fc
    .tuple(long, fc.constantFrom(0, 0.4, 7, MINUTE_MS))
    .map(([values, each]) => values.map((y, i): [number, number | null] => [T + Math.floor(i * each), y]));
  const newestOf = (values: readonly (number | null | [number, number | null])[]) =>
    values.map((item) => (Array.isArray(item) ? item[1] : item)).findLast((y) => y !== null);

  test("of values of every length, with gaps, in order and of times, several at one", () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(long, long), fc.tuple(timed, timed)), ([one, other]) => {
        const html = chart.line({ one, other }, ofHundred);
        for (const [i, values] of [one, other].entries()) {
          const newest = newestOf(values);
          const dot = endOf(html, `chart-line chart-${i + 1} chart-dot`);
          expect(dot?.[1]).toBe(newest === undefined ? undefined : 100 - newest);
          expect(endOf(html, `chart-line chart-${i + 1}`)).toEqual(dot);
        }
      }),
    );
  });

  test("without axes, too", () => {
    fc.assert(
      fc.property(long, (values) => {
        const html = chart.spark(values, ofHundred);
        expect(endOf(html, "chart-line chart-1")).toEqual(endOf(html, "chart-line chart-1 chart-dot"));
      }),
    );
  });
});

test("a dot has the steps of its line, of no length, so that a browser moves both or neither", () => {
  const html = chart.line([1, 2, null, 3, null, 4, 5, 6, 7, 8, 9, 10]);
  const [line, dots] = [...html.matchAll(/<path class="chart-line[^"]*" d="([^"]+)"/g)].map(([, d]) => d!);
  const lettersOf = (d: string) => d.replace(/[^a-z]/gi, "");
  expect(lettersOf(dots!).endsWith(lettersOf(line!).toLowerCase())).toBe(true);
  expect(dots).toMatch(/Z(?:[ml]0,0|z)+$/);
});

describe("who does not see a chart", () => {
  test("is told what it shows", () => {
    expect(spoken(chart.line([3, 97, 42], { title: "CPU", unit: "%", limit: 80 }))).toBe(
      "CPU: 3 values from 3% to 97%, the last 42%; limit 80%",
    );
    const times = chart.line(minutes([1, 2]), { zone: "Europe/Berlin" });
    expect(spoken(times)).toBe("2 values from 1 to 2, the last 2; 21 Nov 2026, 15:00 to 21 Nov 2026, 15:01");
    expect(spoken(chart.line({ a: [1], b: [2, 2] }))).toContain("a, one value, 1; b, 2 values, all 2");
    expect(spoken(chart.spark([1, 2], { title: "Price" }))).toBe("Price: 2 values from 1 to 2, the last 2");
    expect(chart.gauge(21, { title: "Heat", limit: 20 })).toContain(
      'role="meter" aria-label="Heat" aria-valuemin="0" aria-valuemax="100" aria-valuenow="21" aria-valuetext="21, over limit 20"',
    );
    expect(spoken(chart.gauge(null, { title: "Heat" }))).toBe("Heat: no value yet");
  });

  test("has a table of its values, of which some are left out where there are many", () => {
    const rows = (html: string) => elements(parseFragment(html)).filter(({ tagName }) => tagName === "tr").length;
    expect(rows(chart.line([1, 2, 3]))).toBe(4);
    expect(rows(chart.line(Array(1_000).fill(1)))).toBeLessThan(30);
    expect(chart.line(Array(1_000).fill(1))).toContain("24 of 1,000 values");
  });

  test.each([
    [397.472725, "397.473"],
    [-1_234_567.89, "-1,234,567.89"],
    [0.1234567, "0.123457"],
    [12_345_678, "12,345,678"],
    [0, "0"],
  ])("says no more decimals than make six digits, but two: of %s", (value, said) => {
    expect(chart.line([value, 0], { unit: "ms" })).toContain(`<td>${said}\u00A0ms</td>`);
    expect(spoken(chart.spark([value]))).toBe(`one value, ${said}`);
  });
});

test("the same values are the same text, and one more value leaves the elements as they are: so a chart can be morphed", () => {
  const values = Array.from({ length: 60 }, (_, i) => Math.sin(i / 7));
  const tags = (html: string) => elements(parseFragment(html)).map(({ tagName }) => tagName);
  expect(chart.line(values)).toBe(chart.line(structuredClone(values)));
  const next = [...values.slice(1), Math.sin(60 / 7)];
  expect(tags(chart.line(next))).toEqual(tags(chart.line(values)));
});

describe("an author’s mistake is told, with what was meant", () => {
  test.each<[string, () => string]>([
    ["chart.line() has no option “titel”. Did you mean “title”?", () => chart.line([], { titel: "x" } as object)],
    ["chart.spark() has no option “limit”.", () => chart.spark([], { limit: 3 })],
    [
      "chart.line() has no format “percents”. Did you mean “percent”?",
      () => chart.line([], { format: "percents" as "percent" }),
    ],
    ["chart.line() takes a number as min", () => chart.line([], { min: "0" as unknown as number })],
    ["chart.line() takes a number as limit", () => chart.line([], { limit: "20" as unknown as number })],
    [
      "limit in chart.line() has no option “nam”",
      () => chart.line([], { limit: { value: 1, nam: "x" } as { value: 1 } }),
    ],
    ["chart.line(): Invalid time zone specified: Mars/Olympus", () => chart.line([[T, 1]], { zone: "Mars/Olympus" })],
    ["chart.line() takes a list of numbers", () => chart.line("12")],
    ["here is an item of time, price", () => chart.line([{ time: T, price: 3 }])],
    ["values.map((item) => [item.time, item.price])", () => chart.line([{ time: T, price: 3 }])],
    [
      "chart.line() shows 8 series at most",
      () => chart.line(Object.fromEntries([..."abcdefghi"].map((n) => [n, [1]]))),
    ],
    ["chart.bar() shows 4 series at most", () => chart.bar(Object.fromEntries([..."abcde"].map((n) => [n, [1]])))],
    ["chart.spark() shows one series", () => chart.spark({ a: [1], b: [2] })],
    ["a max that is more than its min", () => chart.gauge(1, { min: 5, max: 5 })],
  ])("%s", (sentence, mistake) => {
    expect(mistake).toThrow(sentence);
  });
});

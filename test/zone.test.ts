import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const files = ["src", "views", "test"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(?:ts|eta)$/.test(path))
    .map((path) => join(folder, path)),
);

/** What answers as the machine's zone or language is set. */
const LOCAL = [
  /\.(?:get|set)(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|TimezoneOffset)\(/,
  /\.to(?:Date|Time|LocaleDate|LocaleTime)String\(/,
  /\.(?:toLocaleString|toLocaleUpperCase|toLocaleLowerCase)\(\s*(?:\)|undefined|\[)/,
  /\.localeCompare\([^,()]*\)/,
  /Intl\.(?!DateTimeFormat|Segmenter)\w+\(\s*(?:\)|undefined|\[)/,
  /Intl\.DateTimeFormat\((?![^;]*timeZone)/,
];

test("nothing depends on the zone or the language that a machine is set to: all nodes show the same", () => {
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, i) => (LOCAL.some((pattern) => pattern.test(line)) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(found.filter((line) => !line.startsWith("test/zone.test.ts"))).toEqual([]);
});

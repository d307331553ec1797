import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Import, importsOf, LAYERS } from "./support/architecture.ts";
import { areNear, readHouse } from "./support/house.ts";

const root = join(import.meta.dirname, "..");
const src = join(root, "src");
const text = readFileSync(join(src, "README.md"), "utf8");
const house = readHouse(text);
const imports = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => importsOf(file, readFileSync(join(src, file), "utf8")))
  .map((arrow) => (arrow.to === "brooklet" ? { ...arrow, to: "brooklet.ts" } : arrow)); // as authors import it

describe("src/README.md, the house on one page", () => {
  test("has the layers in the order in which they are held", () => {
    expect(house.layers).toEqual(LAYERS.map(([folder]) => folder).filter((folder) => folder !== ""));
  });

  test("names each file and folder at the top of src, and no other", () => {
    const [tree = ""] = text.split("```").slice(1);
    const named = [...tree.matchAll(/(?:^ {2}| {2})([\w-]+(?:\/|\.ts))(?= )/gm)].map(([, name]) => name!);
    const there = readdirSync(src, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith(".ts"))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    expect(named.sort()).toEqual(there.sort());
  });

  test("has no walk past a file that does not exist", () => {
    expect(house.walks.length).toBeGreaterThanOrEqual(4);
    for (const { title, files } of house.walks) expect([title, files.length > 4]).toEqual([title, true]);
    const missing = house.walks.flatMap(({ files }) => files).filter((file) => !existsSync(join(src, file)));
    expect(missing).toEqual([]);
  });

  test("has no step in a walk between two files that have nothing to do with each other", () => {
    const far = house.walks.flatMap(({ files }) =>
      files.slice(1).flatMap((file, i) => (areNear(files[i]!, file, imports) ? [] : [`${files[i]} → ${file}`])),
    );
    expect(far).toEqual([]);
  });

  test("names nothing else that is not there", () => {
    const named = [...text.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|eta|md))`/g)].map(([, file]) => file!);
    expect(named.length).toBeGreaterThan(20);
    const there = (file: string) => [src, root, join(src, "engine")].some((from) => existsSync(join(from, file)));
    expect(named.filter((file) => !there(file))).toEqual([]);
  });
});

test("two files are near where one imports the other, or a third has to do with both", () => {
  const arrow = (from: string, to: string): Import => ({ from, to, typeOnly: false });
  const some = [
    arrow("a.ts", "b.ts"),
    arrow("c.ts", "b.ts"),
    arrow("d.ts", "engine/core/x.ts"),
    arrow("a.ts", "engine/core/x.ts"),
  ];
  expect(areNear("a.ts", "b.ts", some)).toBe(true);
  expect(areNear("b.ts", "a.ts", some)).toBe(true);
  expect(areNear("a.ts", "c.ts", some)).toBe(true);
  expect(areNear("a.ts", "d.ts", some)).toBe(false);
});

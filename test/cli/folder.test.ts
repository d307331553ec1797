import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Misuse } from "../../src/cli/arguments.ts";
import { folderAt } from "../../src/cli/folder.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brooklet-folder-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("a folder with views is one of pages", () => {
  mkdirSync(join(dir, "views"));
  expect(folderAt(dir)).toBe(dir);
});

test("a folder within one of pages is refused with where to go", () => {
  mkdirSync(join(dir, "views/pages"), { recursive: true });
  writeFileSync(join(dir, "views/layout.eta"), "");
  const mend = `is within the folder of pages ${dir}. Go there: cd ${relative(process.cwd(), dir)}`;
  expect(() => folderAt(join(dir, "views/pages"))).toThrow(mend);
});

test("sources and actions may stand below a package.json that makes modules of them", () => {
  mkdirSync(join(dir, "deep/views"), { recursive: true });
  mkdirSync(join(dir, "deep/src"));
  writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
  expect(folderAt(join(dir, "deep"))).toBe(join(dir, "deep"));
});

test.each([
  [
    "one that is not there",
    () => rmSync(join(dir, "views"), { recursive: true }),
    /has no views, .*: npx brooklet new my-pages$/,
  ],
  [
    "one whose code Node takes for other modules",
    () => writeFileSync(join(dir, "package.json"), "{}"),
    /package\.json lacks "type": "module", which .* Add it\.$/,
  ],
  [
    "one whose package.json is broken",
    () => writeFileSync(join(dir, "package.json"), "{"),
    /package\.json is not JSON: .+/,
  ],
  [
    "one with code and no package.json",
    () => {},
    /^There is no package\.json here, .* Write one: \{ "type": "module" \}$/,
  ],
])("%s is refused, with the mend", (_, change, mend) => {
  for (const name of ["views", "src"]) mkdirSync(join(dir, name));
  change();
  expect(() => folderAt(dir)).toThrow(Misuse);
  expect(() => folderAt(dir)).toThrow(mend);
});

test("a folder that is not there is refused, with how to make it", () => {
  expect(() => folderAt("nowhere")).toThrow("There is no folder nowhere. To make one: npx brooklet new nowhere");
});

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "../../src/cli/new.ts";
import { VERSION } from "../../src/version.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brooklet-new-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("brooklet new", () => {
  test("makes a folder that is called as it is, and says what comes next", () => {
    const folder = join(dir, "my-pages");
    const said = makeFolder(folder);
    expect(said).toMatch(/ is there\. Next:\n\n {2}cd \S*my-pages\n {2}npm install\n {2}npx brooklet dev$/);
    const { name, dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    expect([name, dependencies]).toEqual(["my-pages", { brooklet: `^${VERSION}` }]);
    expect(readdirSync(folder).sort()).toEqual(
      [".gitignore", "README.md", "package.json", "public", "src", "test", "tsconfig.json", "views"].sort(),
    );
  });

  test("takes along the file that it was installed from, which is on no registry, and installs it from there", () => {
    const packages = join(dir, "cache/node_modules");
    mkdirSync(packages, { recursive: true });
    const installed = (resolved: string) =>
      writeFileSync(
        join(packages, ".package-lock.json"),
        JSON.stringify({ packages: { "node_modules/brooklet": { resolved } } }),
      );
    const dependency = (folder: string) =>
      JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).dependencies.brooklet;
    writeFileSync(join(dir, "brooklet-9.tgz"), "packed");
    installed("file:../brooklet-9.tgz");
    expect(makeFolder(join(dir, "from-a-file"), packages)).toContain("brooklet-9.tgz lies in it, too");
    expect(dependency(join(dir, "from-a-file"))).toBe("file:brooklet-9.tgz");
    expect(readFileSync(join(dir, "from-a-file/brooklet-9.tgz"), "utf8")).toBe("packed");
    installed("https://registry.npmjs.org/brooklet/-/brooklet-9.0.0.tgz");
    makeFolder(join(dir, "from-npm"), packages);
    expect(dependency(join(dir, "from-npm"))).toBe(`^${VERSION}`);
    expect(readdirSync(join(dir, "from-npm")).filter((name) => name.endsWith(".tgz"))).toEqual([]);
  });

  test("says of each install script what this project does, which needs none of them, so that npm warns of none", () => {
    makeFolder(dir);
    const said = (file: string) => JSON.parse(readFileSync(file, "utf8")).allowScripts;
    expect(said(join(dir, "package.json"))).toEqual(said(join(import.meta.dirname, "../../package.json")));
  });

  test("is read in a few minutes: under 60 lines, none of them CSS, SVG or JavaScript for the browser", () => {
    const folder = join(dir, "my-pages");
    makeFolder(folder);
    const files = ["views", "src", "test"].flatMap((name) =>
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
    );
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
    const lines = texts.join("").split("\n").length - 1;
    console.log(`What brooklet new makes: ${lines} lines in ${files.length} files`);
    expect(lines).toBeLessThan(60);
    expect(texts.join("")).not.toMatch(/\bhx-|<style|style=|<svg|<script/);
  });

  test("says of npm start what it needs", () => {
    makeFolder(dir);
    expect(readFileSync(join(dir, "README.md"), "utf8")).toMatch(/`npm start` .* token, .* `PUBLISH_TOKEN`/);
  });

  test("takes a folder that is empty", () => {
    makeFolder(dir);
    expect(readdirSync(dir)).toContain("views");
  });

  test.each([
    ["a folder with something in it", "there", /is not empty\. Name a new folder, or .*: npx brooklet add$/],
    [
      "a name that npm does not take",
      "Meine Seiten!",
      /^A folder is named in letters, digits and “-”, such as my-pages/,
    ],
  ])("refuses %s, and writes nothing", (_, name, mend) => {
    mkdirSync(join(dir, "there"));
    writeFileSync(join(dir, "there/file"), "mine");
    expect(() => makeFolder(join(dir, name))).toThrow(mend);
    expect(readdirSync(dir)).toEqual(["there"]);
    expect(readdirSync(join(dir, "there"))).toEqual(["file"]);
  });

  test("asks for a name", () => {
    expect(() => makeFolder(undefined)).toThrow("Name the folder: npx brooklet new my-pages");
  });
});

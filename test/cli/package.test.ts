import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyProject, ROOT } from "../support/folders.ts";

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

describe("the package", () => {
  let project: string;
  let packed: Packed;
  beforeAll(() => {
    project = copyProject();
    for (const name of ["README.md", "LICENSE"]) cpSync(join(ROOT, name), join(project, name));
    const said = execFileSync("npm", ["pack", "--json"], { cwd: project, stdio: ["ignore", "pipe", "ignore"] });
    [packed] = JSON.parse(String(said));
  });
  afterAll(() => rmSync(project, { recursive: true }));

  test("holds what runs and what is read there: no source of ours, no test, no bench, no demo, no map", () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith("dist/")).sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    const top = paths.map((path) => path.split("/")).filter(([dist]) => dist === "dist");
    const folders = new Set(top.filter((steps) => steps.length > 2).map(([, folder]) => folder));
    expect([...folders].sort()).toEqual(["engine", "inspector", "kit", "testing"]);
    expect(
      paths.filter((path) => /(?<!\.d)\.ts$/.test(path) && !/^dist\/kit\/(?:sources|actions)\//.test(path)),
    ).toEqual([]);
    expect(paths.filter((path) => /\.map$|\btest\b|\bbench\b|README\.md$/.test(path) && path !== "README.md")).toEqual(
      [],
    );
    const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
    const readme = packed.files.find(({ path }) => path === "README.md")!.size;
    console.log(
      `The package: ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked, of which README.md ${kilobytes(readme)}`,
    );
  });

  test("is as those who import it expect: publint has nothing to say", async () => {
    const { messages, pkg } = await publint({ pkgDir: project, pack: "npm", strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

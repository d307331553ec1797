import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyProject, ROOT } from "./support/folders.ts";

const readme = readFileSync(join(ROOT, "README.md"), "utf8");

/** The first fenced block below a heading. */
const block = (heading: string) => readme.split(`## ${heading}\n`)[1]!.split(/^```\w*\n|^```\n/m)[1]!;

test("the widget and the source of the README, pasted, pass the check: how authors write is theirs", () => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-readme-"));
  copyProject(dir);
  mkdirSync(join(dir, "src/sources"));
  const lines = block("Add a widget").split("\n");
  const files = lines.filter((line) => line.startsWith("echo "));
  expect(files).toHaveLength(3);
  expect(spawnSync("sh", ["-ec", files.join("\n")], { cwd: dir }).status).toBe(0);
  writeFileSync(join(dir, "src/sources/quote.ts"), block("Sources"));
  for (const [command, ...args] of [
    ["tsc", "-p", "src", "--noEmit"],
    ["biome", "check", "."],
  ]) {
    const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${command}`, args, {
      cwd: dir,
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    });
    expect(`${status} ${status === 0 ? "" : stdout + stderr}`).toBe("0 ");
  }
});

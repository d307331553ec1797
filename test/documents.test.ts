import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { check } from "../src/cli/check/check.ts";
import { printed } from "../src/cli/check/finding.ts";
import { Views } from "../src/engine/views/views.ts";
import { blocksOf, commandsBelow, DOCUMENTS, files } from "./support/documents.ts";
import { copyProject, FIXTURES } from "./support/folders.ts";

/** Writes all that the documents have an author write. Of two examples of one file, the first gets another name beside it. */
function paste(dir: string): void {
  for (const [i, { path: named, text }] of files.entries()) {
    const isLast = files.findLastIndex(({ path }) => path === named) === i;
    const path = isLast ? named : named.replace(/(?=\.\w+$)/, `-${i}`);
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const commands = commandsBelow("Widgets")[0]!
    .split("\n")
    .filter((line) => line.startsWith("echo "));
  expect(commands).toHaveLength(3);
  expect(spawnSync("sh", ["-ec", commands.join("\n")], { cwd: dir }).status).toBe(0);
}

test("README shows nothing to copy but what a document has, word for word", () => {
  const [readme, ...documents] = DOCUMENTS.values();
  const blocks = blocksOf(readme!).map(({ text }) => text);
  expect(blocks.length).toBeGreaterThan(3);
  expect(blocks.filter((text) => !documents.some((document) => document.includes(text)))).toEqual([]);
});

test("README leads to each document", () => {
  const [readme, ...documents] = DOCUMENTS.keys();
  expect(documents.filter((path) => !DOCUMENTS.get(readme!)!.includes(`](${path})`))).toEqual([]);
});

test("the templates, the actions and the source of the documents, pasted, pass the check: how authors write is theirs", () => {
  const dir = copyProject(mkdtempSync(join(tmpdir(), "brooklet-documents-")));
  paste(dir);
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

test("the templates of the documents load, beside its actions", () => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-documents-"));
  paste(dir);
  cpSync(join(FIXTURES.views, "layout.eta"), join(dir, "views/layout.eta"));
  const actions = new Set(files.flatMap(({ path }) => /^src\/actions\/(.*)\.ts$/.exec(path)?.[1] ?? []));
  const { widgets } = Views.load(join(dir, "views"), (path) => path, { actions });
  expect([...actions]).toContain("log-in");
  const kinds = ["quote", "alerts", "guests", "poll"].map((name) => widgets.get(name)?.kind);
  expect(kinds).toEqual(["state", "log", "log", "state"]);
});

test("brooklet check finds nothing to mend in what the documents have an author write, as it is pasted", async () => {
  const dir = copyProject(mkdtempSync(join(tmpdir(), "brooklet-documents-")));
  paste(dir);
  writeFileSync(join(dir, "views/widgets/online.eta"), "<b><%= data %></b>\n"); // which its text has
  const checked = await check(dir);
  const { widgets, pages } = checked.looked!;
  // Below that it says which widgets have no samples.
  expect(printed(checked).split("\n")[0]).toBe(`nothing to mend in ${widgets} widgets, ${pages} pages`);
  expect(widgets).toBeGreaterThan(4);
});

test("the test of the documents passes, beside what it tests", () => {
  const dir = copyProject(mkdtempSync(join(tmpdir(), "brooklet-documents-")));
  const guests = files.filter(({ path }) => path.includes("guests"));
  expect(guests.map(({ path }) => path)).toContain("test/guests.test.ts");
  for (const { path, text } of guests) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const alias = { "brooklet/testing": join(dir, "src/testing/testing.ts"), brooklet: join(dir, "src/brooklet.ts") };
  writeFileSync(join(dir, "vitest.config.ts"), `export default { resolve: { alias: ${JSON.stringify(alias)} } };`);
  const { status, stdout, stderr } = spawnSync("node_modules/.bin/vitest", ["run", "test/guests.test.ts"], {
    cwd: dir,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  expect(`${status} ${status === 0 ? "" : stdout + stderr}`).toBe("0 ");
  expect(stdout).toMatch(/Tests .*3 passed/);
});

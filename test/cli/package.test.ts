import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../../src/version.ts";
import { copyProject, ROOT } from "../support/folders.ts";
import { freePort } from "../support/port.ts";

/** What is copied into authors' folders, as it is. */
const FOR_AUTHORS = /^dist\/(?:kit\/(?:sources|actions)|start-folder)\//;

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
    expect([...folders].sort()).toEqual(["docs", "engine", "inspector", "kit", "start-folder", "testing"]);
    expect(paths.filter((path) => /(?<!\.d)\.ts$/.test(path) && !FOR_AUTHORS.test(path))).toEqual([]);
    const ours = paths.filter((path) => path !== "README.md" && !FOR_AUTHORS.test(path));
    expect(ours.filter((path) => /\.map$|\btest\b|\bbench\b|README\.md$/.test(path))).toEqual([]);
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

  describe("in an empty folder", () => {
    const empty = mkdtempSync(join(tmpdir(), "brooklet-empty-"));
    const pages = join(empty, "my-pages");
    // Without what the run around it says of itself to whatever it starts.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    const run = (cwd: string, command: string, ...args: string[]) =>
      promisify(execFile)(command, args, { cwd, env, maxBuffer: 2 ** 26 });
    let server: ChildProcess | undefined;
    afterAll(async () => {
      if (server?.exitCode === null && server.kill("SIGTERM")) await once(server, "exit");
      rmSync(empty, { recursive: true });
    });

    test("makes pages that are alive, and pass their test", { timeout: 240_000 }, async () => {
      const begin = Date.now();
      const file = join(project, packed.filename);
      await run(empty, "npx", "--yes", "--prefer-offline", `--package=${file}`, "--", "brooklet", "new", "my-pages");
      await run(pages, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund");
      const port = await freePort();
      server = spawn("node_modules/.bin/brooklet", ["dev"], {
        cwd: pages,
        env: { ...env, PORT: String(port) },
        stdio: "ignore",
      });
      const page = () =>
        fetch(`http://localhost:${port}/`).then(
          (answer) => answer.text(),
          () => "",
        );
      await expect.poll(page, { timeout: 60_000 }).toContain("My pages");

      const accept = { accept: "text/event-stream" };
      const open = await fetch(`http://localhost:${port}/events?regions=notes`, { headers: accept });
      const json = "content-type: application/json";
      await run(pages, "curl", "-sf", "-d", '{"text":"Hello, all"}', "-H", json, `localhost:${port}/publish/notes`);
      let shown = "";
      for await (const bytes of open.body!.pipeThrough(new TextDecoderStream())) {
        shown += bytes;
        if (shown.includes("Hello, all</p>")) break;
      }
      expect(await page()).toContain("Hello, all</p>");
      expect(await (await fetch(`http://localhost:${port}/docs/widgets`)).text()).toContain(
        "A widget is one template.",
      );
      const seconds = ((Date.now() - begin) / 1000).toFixed(1);
      console.log(`From an empty folder to a page that shows what was published: ${seconds} s, 4 commands`);

      expect(String((await run(pages, "npm", "test")).stdout)).toMatch(/Tests .*1 passed/);
      const described = JSON.parse(readFileSync(join(pages, "node_modules/brooklet/package.json"), "utf8"));
      expect(described.version).toBe(VERSION);
    });
  });
});

import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../../src/version.ts";
import { blocksOf, filesIn, TUTORIAL } from "../support/documents.ts";
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
    expect([...folders].sort()).toEqual(["chat", "docs", "engine", "inspector", "kit", "start-folder", "testing"]);
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
    const pages = join(empty, "ops");
    // Without what the run around it says of itself to whatever it starts.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_prefer_offline: "true" };
    const run = (cwd: string, command: string, ...args: string[]) =>
      promisify(execFile)(command, args, { cwd, env, maxBuffer: 2 ** 26 });
    const [begin, serve, take, job, ...others] = blocksOf(TUTORIAL).flatMap(({ language, text }) =>
      language === "sh" ? text : [],
    );
    const written = filesIn(TUTORIAL);
    let server: ChildProcess | undefined;
    let port: number;
    /** What the tutorial says, but for the port, which others may have. */
    const here = (text: string) => text.replaceAll("localhost:3000", `localhost:${port}`);
    const does = (text: string) => run(pages, "bash", "-ec", here(text));
    const page = (path = "/") =>
      fetch(`http://localhost:${port}${path}`).then(
        (answer) => answer.text(),
        () => "",
      );
    afterAll(async () => {
      if (server?.exitCode === null && server.kill("SIGTERM")) await once(server, "exit");
      rmSync(empty, { recursive: true });
    });

    test("makes pages that are alive, and pass their test", { timeout: 240_000 }, async () => {
      const begun = Date.now();
      cpSync(join(project, packed.filename), join(empty, packed.filename));
      await run(empty, "bash", "-ec", begin!);
      port = await freePort();
      const [npx, ...args] = serve!.trim().split(" ");
      server = spawn(npx!, args, { cwd: pages, env: { ...env, PORT: String(port) }, stdio: "ignore" });
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
      expect(await page("/docs/widgets")).toContain("A widget is one template.");
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      console.log(`From an empty folder to a page that shows what was published: ${seconds} s, 5 commands`);

      expect(String((await run(pages, "npm", "test")).stdout)).toMatch(/Tests .*1 passed/);
      const described = JSON.parse(readFileSync(join(pages, "node_modules/brooklet/package.json"), "utf8"));
      expect(described.version).toBe(VERSION);
    });

    test("makes the page of the tutorial, word for word, in under 60 lines", { timeout: 240_000 }, async () => {
      const begun = Date.now();
      await does(take!);
      for (const { path, text } of written) {
        mkdirSync(dirname(join(pages, path)), { recursive: true });
        writeFileSync(join(pages, path), here(text));
      }
      const lines = written.flatMap(({ text }) => text.trimEnd().split("\n"));
      expect(lines.length).toBeLessThan(60);
      expect(lines.filter((line) => /hx-|<(?:style|script|svg)|\bstyle=|document\.|window\./.test(line))).toEqual([]);
      // All of it shows on the page that is open meanwhile: its services, a delay, who is looking.
      await expect.poll(page, { timeout: 60_000 }).toMatch(/Raise an alert.*This page.*Delay.*No alerts\./s);
      const stream = await fetch(`http://localhost:${port}/events?regions=services,delay,backup,alerts,presence`, {
        headers: { accept: "text/event-stream" },
      });
      for (const commands of [job!, ...others]) {
        const { stdout } = await does(commands);
        if (commands.includes("check")) expect(stdout).toMatch(/nothing to mend.*Tests .*1 passed/s);
      }
      let shown = "";
      const missing = () => ["This page", "ms", "done", "nearly full"].filter((part) => !shown.includes(part));
      for await (const bytes of stream.body!.pipeThrough(new TextDecoderStream())) {
        shown += bytes;
        if (missing().length === 0) break;
      }
      expect(missing()).toEqual([]); // of a stream that has ended, too
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      console.log(
        `The tutorial's page: ${lines.length} lines in ${written.length} files, ${seconds} s after the start of that folder`,
      );
    });
  });
});

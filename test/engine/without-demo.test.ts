import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child } from "../faults/child.ts";
import { ROOT, writeFiles } from "../support/folders.ts";

/** What an author may delete, and put whatever they like in its place. */
const AUTHORS = [
  ...["views/pages", "views/widgets", "views/snippets"],
  ...["src/sources", "src/actions", "src/authorize.ts"],
  "test/demo",
];
/** Of the engine's tests those that would be the first to fail, in seconds: all of them again would take as long as they do. */
const SLICE = [
  "test/architecture.test.ts",
  "test/engine/zone.test.ts",
  "test/engine/views/views.test.ts",
  ...["pages", "first-page", "gallery", "publish"].map((name) => `test/engine/http/routes/${name}.test.ts`),
];
const IGNORED = /^(?:node_modules|dist|\.git|\.brooklet|test\/browser\/screenshots)$/;

/** Widgets without samples, of names that mean something elsewhere; a page and a source in subfolders. */
const ODD = {
  "views/widgets/index.eta": "---\nelement: section\n---\n<b><%= data %></b>",
  "views/widgets/layout.eta": '---\nkind: log\nelement: ol\n---\n<li id="<%= id %>"><%= data %></li>',
  "views/widgets/constructor.eta": "<%= data?.deep?.er %>",
  "views/widgets/deep.eta": "<i><%= data %></i>",
  "views/widgets/deep.samples.json": '{ "one": { "data": 1 } }',
  "views/pages/far/away/index.eta": '<h1>Far away</h1> <%~ live("deep/thing") %> <%~ live("layout") %>',
  "views/pages/constructor.eta": "<h1>Of the author's own</h1>",
  "src/actions/deep/odd.ts": 'import { action } from "brooklet";\n\nexport default action(() => {});\n',
  "src/authorize.ts":
    'import { authorize } from "brooklet";\n\nexport default authorize(({ request }) => ({ odd:request.address }))\n',
  "src/sources/deep/thing.ts":
    'import { every } from "brooklet";\n\nexport default every(1000, () => Math.random());\n',
};

const run = (command: string, args: readonly string[], cwd: string) =>
  new Promise<{ status: number | string; said: string }>((resolve) => {
    // Without what the run around it says of itself to whatever it starts.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    execFile(command, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (error.code ?? "killed"), said: stdout + stderr }),
    );
  });

describe.each([
  ["that deleted the demo", {}],
  ["that deleted the demo, and wrote odd things", ODD],
])("the project of an author %s", (_, files) => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-without-"));
  beforeAll(() => {
    const left = (path: string) => !AUTHORS.includes(path) && !IGNORED.test(path);
    for (const name of readdirSync(ROOT).filter(left)) {
      cpSync(join(ROOT, name), join(dir, name), { recursive: true, filter: (path) => left(relative(ROOT, path)) });
    }
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    writeFiles(dir, files);
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test("starts, and says where the first page goes", async () => {
    const program = new Child(join(dir, "src/index.ts"), [], { PORT: "0", LOG_URL: "memory:" }, dir);
    const [, port] = await program.said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
    const page = await fetch(`http://localhost:${port}/`, { headers: { accept: "text/html" } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("views/pages/index.eta")]);
    expect(program.err).toBe("");
    await program.kill();
  });

  test("passes the check, and the engine's tests", { timeout: 600_000 }, async () => {
    const passes = async (command: string, ...args: string[]) => {
      const { status, said } = await run(command, args, dir);
      expect(status, said.slice(-5_000)).toBe(0);
    };
    await passes("npm", "run", "--silent", "check");
    await passes("npm", "run", "--silent", "test:site");
    await passes("node_modules/.bin/vitest", "run", ...SLICE);
  });
});

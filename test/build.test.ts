import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { takePlace } from "../.build/take-place.ts";
import { eventually } from "./support/browser.ts";
import { FIXTURES, writeFiles } from "./support/folders.ts";
import { Program } from "./support/program.ts";

/** The program as it is built, from where it was built. */
class Built extends Program {
  override command = ["dist/index.js"];

  build(): Promise<unknown> {
    return promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: this.dir });
  }

  get broken(): string {
    return join(this.dir, "src/actions/broken.ts");
  }

  /** A folder of pages below this one: in it, a source that only the engine which made it knows for one. */
  addBelow(): void {
    const below = join(this.dir, "examples/below");
    writeFiles(below, {
      "views/pages/index.eta": '<h1>Below</h1> <%~ live("readers") %>',
      "views/widgets/price.eta": "<b><%= data %></b>",
      "views/widgets/readers.eta": "<b><%= data %> read</b>",
      "src/sources/readers.ts": 'import { readers } from "brooklet";\nexport default readers("price");\n',
    });
    cpSync(join(FIXTURES.views, "layout.eta"), join(below, "views/layout.eta"));
    cpSync(FIXTURES.public, join(below, "public"), { recursive: true });
  }

  get folders(): string[] {
    return readdirSync(this.dir).filter((name) => name.startsWith("dist"));
  }
}

const program = new Built({}, { env: { NODE_ENV: "development" } });
afterAll(() => program.dispose());

test("a server goes on while what it runs from is built anew, whether or not that can be built", async () => {
  await program.build();
  await program.start();
  const shows = (text: string) =>
    eventually(
      async () => (await fetch(`${program.origin}/`)).text(),
      (html) => html.includes(text),
    );

  writeFileSync(program.broken, "export default {");
  await expect(program.build()).rejects.toThrow("broken.ts");
  program.write({ "pages/index.eta": "<h1>After one that failed</h1>" });
  await shows("After one that failed");

  rmSync(program.broken);
  await program.build();
  program.write({ "pages/index.eta": "<h1>After another</h1>" });
  await shows("After another");
  expect(program.folders).toEqual(["dist"]);
  expect(program.complaints).toBe("");

  await program.stop("SIGTERM");
  await program.start();
  await shows("After another");
});

test("what is built takes the place of what was there, or, where that fails, leaves it there", async () => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-place-"));
  const [fresh, place] = [join(dir, "fresh"), join(dir, "dist")];
  for (const built of ["first", "second"]) {
    writeFiles(fresh, { [built]: "" });
    await takePlace(fresh, place);
    expect([readdirSync(dir), readdirSync(place)]).toEqual([["dist"], [built]]);
  }
  await expect(takePlace(fresh, place)).rejects.toThrow("ENOENT");
  expect([readdirSync(dir), readdirSync(place)]).toEqual([["dist"], ["second"]]);
  rmSync(dir, { recursive: true });
});

test.each([
  ["as it is built", ["dist/command.js"]],
  ["from its source", ["--import", "tsx", "src/cli/brooklet.ts"]],
])(
  "a folder below the repository is run by the repository’s command, %s: its sources import that which runs",
  async (_, command) => {
    await program.stop("SIGTERM");
    program.addBelow();
    program.command = [...command, "start", "examples/below"];
    await program.start();
    expect(await (await fetch(program.origin)).text()).toMatch(/<h1>Below<\/h1>.*<b>0 read<\/b>/s);
  },
);

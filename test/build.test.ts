import { execFile } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { eventually } from "./support/browser.ts";
import { Program } from "./support/program.ts";

/** The program as it is built, from where it was built. */
class Built extends Program {
  protected override command = ["dist/index.js"];

  build(): Promise<unknown> {
    return promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: this.dir });
  }

  get broken(): string {
    return join(this.dir, "src/actions/broken.ts");
  }

  get folders(): string[] {
    return readdirSync(this.dir).filter((name) => name.startsWith("dist"));
  }
}

const program = new Built({});
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

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AuthorError } from "../../../src/engine/core/author-error.ts";
import { codeError } from "../../../src/engine/core/code-error.ts";
import { Child } from "../../faults/child.ts";
import { ROOT, writeFiles } from "../../support/folders.ts";

/** Imports `sources/price.ts` as a folder's server does, and prints what its author is told. */
const PROGRAM = `
import { importAuthors } from "${ROOT}/src/engine/core/author-files.ts";
import { importTypeScript } from "${ROOT}/src/typescript.ts";
importTypeScript();
for (const file of process.argv.slice(2)) {
  const path = process.cwd() + "/src/sources/" + file;
  await importAuthors(path, { path: process.cwd() + "/src/sources", name: "src/sources" }).catch((error) => {
    console.log(error.brief);
    console.log("--");
  });
}
process.exit(0);
`;

const CASES: Record<string, { files: Record<string, string>; told: string }> = {
  "that is not TypeScript": {
    files: { "a.ts": "const a = 1;\nconst b: number = ;\nconst c = ;\n" },
    told: 'src/sources/a.ts:2: Unexpected ";"\n >> 2| const b: number = ;',
  },
  "that imports what is not TypeScript": {
    files: { "b.ts": 'import "../lib/broken.ts";\n', "../lib/broken.ts": "\nexport default (;\n" },
    told: 'src/lib/broken.ts:2: Unexpected ";"\n >> 2| export default (;',
  },
  "that throws": {
    files: {
      "c.ts":
        "interface A {\n  a: string;\n}\nconst f = (): A => {\n  throw new Error('no address');\n};\nexport default f();\n",
    },
    told: "src/sources/c.ts:5: no address\n >> 5|   throw new Error('no address');",
  },
  "that calls what Brooklet gives in a wrong way": {
    files: { "d.ts": 'import { poll } from "brooklet";\n\nexport default poll("nonsense");\n' },
    told: expect.stringMatching(/^src\/sources\/d\.ts:3: .+\n >> 3\| export default poll\("nonsense"\);$/) as never,
  },
  "that imports what a file does not export": {
    files: {
      "e.ts": 'import { named } from "./_f";\nexport default named;\n',
      "_f.ts": "export const other = 1;\n",
    },
    told: 'src/sources/e.ts:1: “./_f” exports no “named”.\n >> 1| import { named } from "./_f";',
  },
  "that has forgotten to import a name": {
    files: { "i.ts": "export default every(1000, () => 1);\n" },
    told: "src/sources/i.ts:1: every is not defined: import it, or declare it.\n >> 1| export default every(1000, () => 1);",
  },
  "that imports a file which is not there": {
    files: { "g.ts": '\nimport { named } from "./_none.ts";\nexport default named;\n' },
    told: 'src/sources/g.ts:2: there is no src/sources/_none.ts.\n >> 2| import { named } from "./_none.ts";',
  },
  "that imports a package which is not there": {
    files: { "h.ts": 'import * as none from "@none/such/deep";\nexport default none;\n' },
    told: 'src/sources/h.ts:1: the package “@none/such” is not there. Install it: npm install @none/such\n >> 1| import * as none from "@none/such/deep";',
  },
};

describe("a file of an author's", async () => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-code-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const files = Object.values(CASES).flatMap((one) => Object.entries(one.files));
  writeFiles(dir, {
    "package.json": '{ "type": "module" }',
    "program.ts": PROGRAM,
    ...Object.fromEntries(files.map(([name, text]) => [`src/sources/${name}`, text])),
  });
  const names = Object.values(CASES).map((one) => Object.keys(one.files)[0]!);
  const child = new Child(join(dir, "program.ts"), names, {}, dir);
  await child.exit();
  const said = child.out.split("\n--\n");

  test.each(Object.entries(CASES).map(([what, { told }], i) => [what, told, i] as const))(
    "%s: its author is told where, and what",
    (_, told, i) => {
      expect(said[i]).toEqual(told);
    },
  );
});

test("where nothing tells the line, the file is named; what throws no error is told as it is", () => {
  const folder = { path: "/made/up", name: "src/sources" };
  const told = codeError("no reason", "/made/up/deep/price.ts", folder);
  expect(told).toBeInstanceOf(AuthorError);
  expect(told.message).toBe("src/sources/deep/price.ts: no reason");
});

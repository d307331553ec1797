import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/*
 * The types of what authors import, into `dist`: of each file of src that these come from, and of no other.
 */

const root = join(import.meta.dirname, "..");
const IMPORT = /(\bfrom |\bimport\()"(\.[^"]+)\.ts"/g;

const all = await mkdtemp(join(tmpdir(), "brooklet-types-"));
const tsc = join(root, "node_modules/.bin/tsc");
execFileSync(
  tsc,
  ["-p", "src", "--declaration", "--emitDeclarationOnly", "--stripInternal", "--sourceMap", "false", "--outDir", all],
  {
    cwd: root,
    stdio: "inherit",
  },
);
const files = ["brooklet", "testing/testing"];
for (const file of files) {
  const text = await readFile(join(all, `${file}.d.ts`), "utf8");
  const to = join(root, "dist", `${file}.d.ts`);
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, text.replace(IMPORT, '$1"$2.js"'));
  for (const [, , path] of text.matchAll(IMPORT)) {
    const other = join(dirname(file), path!);
    if (!files.includes(other)) files.push(other); // the list that this loop goes through
  }
}
await rm(all, { recursive: true });

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./folders.ts";
import { Program } from "./program.ts";

/**
 * Version 0.2.0 as it was built from d12fb48, with the fixtures of then: what `npm run build` made of it with the fixtures'
 * actions in src/actions, without comments and source maps. It is kept here since a clone need not have the history to build it
 * from. Its packages are those of today.
 */
const OLD = join(ROOT, "test", "fixtures", "brooklet-0.2.0.tar.gz");

/** A program of that version, which can become one of this version as its operator makes it: with the same site, and its log. */
export class OldProgram extends Program {
  constructor(views: Record<string, string>, options?: ConstructorParameters<typeof Program>[1]) {
    super({}, options);
    for (const name of ["views", "public", "src/actions"]) rmSync(join(this.dir, name), { recursive: true });
    execFileSync("tar", ["-xzf", OLD, "-C", this.dir, "dist", "views", "public", "src/actions"]);
    this.write(views);
    this.command = ["dist/index.js"];
  }

  /** From its next start on it is of this version. */
  upgrade(): void {
    this.command = ["--import", "tsx", "src/index.ts"];
  }
}

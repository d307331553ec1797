import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");

/** The author's own, which only the tests of the demo and of the site look at: it may be any, or none. */
export const SITE_VIEWS = join(ROOT, "views");
export const SITE_PUBLIC = join(ROOT, "public");

/** What the engine's tests have in their place: small, and each there for a kind of test. */
export const FIXTURES = {
  views: join(ROOT, "test", "fixtures", "views"),
  public: join(ROOT, "test", "fixtures", "public"),
  actions: join(ROOT, "test", "fixtures", "actions"),
};

/**
 * Puts the project into a folder, with the fixtures in place of what authors write.
 * @param dir a new one of the system's by default @returns the folder
 */
export function copyProject(dir = mkdtempSync(join(tmpdir(), "brooklet-copy-"))): string {
  const authors = ["sources", "actions", "authorize.ts"].map((name) => join(ROOT, "src", name));
  cpSync(join(ROOT, "src"), join(dir, "src"), { recursive: true, filter: (path) => !authors.includes(path) });
  cpSync(FIXTURES.views, join(dir, "views"), { recursive: true });
  cpSync(FIXTURES.actions, join(dir, "src/actions"), { recursive: true });
  cpSync(FIXTURES.public, join(dir, "public"), { recursive: true });
  for (const name of ["package.json", "package-lock.json", "tsconfig.json", "biome.json", ".gitignore", ".build"]) {
    cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  return dir;
}

/** Puts these into a folder, each by its path there: `{ "widgets/price.eta": "…" }`. */
export function writeFiles(dir: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Misuse } from "./arguments.ts";

/**
 * The folder of pages that a command is for.
 * @param path the working directory by default @throws Misuse where there are no pages in it
 */
export function folderAt(path = "."): string {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new Misuse(`There is no folder ${path}. To make one: npx brooklet new ${path}`);
  if (!existsSync(join(folder, "views"))) {
    const above = folderAbove(folder);
    if (above !== undefined) {
      throw new Misuse(
        `${path === "." ? "This folder" : path} is within the folder of pages ${above}. Go there: cd ${relative(process.cwd(), above) || "."}`,
      );
    }
    throw new Misuse(
      `${path === "." ? "This folder" : path} has no views, where pages and widgets are. ` +
        "Go to the folder that has them, or name it; to make a new one: npx brooklet new my-pages",
    );
  }
  checkModules(folder);
  return folder;
}

/** The nearest folder of pages that one is in. */
function folderAbove(folder: string): string | undefined {
  const parent = dirname(folder);
  if (parent === folder) return undefined;
  const isOfPages = existsSync(join(parent, "views/layout.eta"));
  return isOfPages ? parent : folderAbove(parent);
}

/** Sources and actions are ES modules: Node 20 takes a file for one only where its package.json says so. */
function checkModules(folder: string): void {
  if (!existsSync(join(folder, "src"))) return;
  const file = nearestPackage(folder);
  if (file === undefined) {
    throw new Misuse('There is no package.json here, which sources and actions need. Write one: { "type": "module" }');
  }
  if (described(file).type !== "module") {
    throw new Misuse(`${file} lacks "type": "module", which sources and actions need. Add it.`);
  }
}

/** What a package.json says. */
function described(file: string): { type?: unknown } {
  try {
    return Object(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new Misuse(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function nearestPackage(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (existsSync(file)) return file;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestPackage(parent);
}

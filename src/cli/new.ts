import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { VERSION } from "../version.ts";
import { Misuse } from "./arguments.ts";

/** What a new folder begins with. */
const START = join(import.meta.dirname, "../start-folder");

/** The folder of packages that this one is in, where it is installed. */
const PACKAGES = join(import.meta.dirname, "../../..");

/**
 * Writes a small start into a new folder, or one that is empty.
 * @returns what comes next @throws Misuse; then nothing was written
 */
export function makeFolder(path: string | undefined, packages = PACKAGES): string {
  if (path === undefined) throw new Misuse("Name the folder: npx brooklet new my-pages");
  const folder = resolve(path);
  const name = basename(folder).toLowerCase();
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    throw new Misuse("A folder is named in letters, digits and “-”, such as my-pages: npm takes no other name.");
  }
  if (existsSync(folder) && !statSync(folder).isDirectory()) throw new Misuse(`${path} is a file. Name a new folder.`);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Misuse(
      `${path} is not empty. Name a new folder, or go into it and take single widgets: npx brooklet add`,
    );
  }
  mkdirSync(folder, { recursive: true });
  cpSync(START, folder, { recursive: true });
  renameSync(join(folder, "gitignore"), join(folder, ".gitignore")); // npm would leave it out of the package by its own name
  const archive = ownArchive(packages);
  if (archive !== undefined) cpSync(archive, join(folder, basename(archive)));
  const file = join(folder, "package.json");
  const described = JSON.parse(readFileSync(file, "utf8"));
  described.name = name;
  described.dependencies.brooklet = archive === undefined ? `^${VERSION}` : `file:${basename(archive)}`;
  writeFileSync(file, `${JSON.stringify(described, null, 2)}\n`);
  const at = relative(process.cwd(), folder) || ".";
  const taken = `${archive && basename(archive)} lies in it, too: brooklet is installed from there, on any machine.`;
  return [
    `${at} is there. ${archive === undefined ? "" : `${taken} `}Next:`,
    "",
    ...(at === "." ? [] : [`  cd ${at}`]),
    "  npm install",
    "  npx brooklet dev",
  ].join("\n");
}

/**
 * The file that this package came from, if it was one, such as `npm pack` makes: npm finds it nowhere else then.
 * @param packages the folder of packages that it was put into, in which npm notes where each is from, unless it is the global one
 */
function ownArchive(packages: string): string | undefined {
  const notes = join(packages, ".package-lock.json");
  if (basename(packages) !== "node_modules" || !existsSync(notes)) return undefined;
  const from: unknown = JSON.parse(readFileSync(notes, "utf8")).packages?.["node_modules/brooklet"]?.resolved;
  if (typeof from !== "string" || !from.startsWith("file:")) return undefined;
  const archive = resolve(packages, "..", from.slice("file:".length));
  return existsSync(archive) ? archive : undefined;
}

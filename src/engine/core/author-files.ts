import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AuthorError } from "./author-error.ts";
import { type CodeFile, type CodeFolder, codeError } from "./code-error.ts";

/**
 * Imports all that authors wrote in a folder, subfolders included, by name: `notes/add.ts` is `notes/add`. What begins with `_`
 * is there for others to import.
 * @param name the folder as its author knows it: `src/sources`
 * @param read what a file's default export is, by the file's name; undefined where the file has nothing to give here
 * @throws AuthorError, with the fix
 */
export async function authorFiles<Value>(
  dir: URL,
  name: string,
  read: (name: string, load: () => Promise<unknown>, file: CodeFile) => Promise<Value | undefined>,
): Promise<Map<string, Value>> {
  // Git keeps no empty folder: an application without sources has none.
  const files = await readdir(dir, { recursive: true }).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const folder = { path: fileURLToPath(dir), name };
  const values = new Map<string, Value>();
  for (const file of files.map((file) => file.replaceAll(sep, "/")).sort()) {
    if (!/\.[jt]s$/.test(file) || file.endsWith(".d.ts") || /(?:^|\/)_/.test(file)) continue;
    const path = join(folder.path, file);
    const load = async () => (await importAuthors(path, folder)).default;
    try {
      const value = await read(file.slice(0, -3), load, { path, name: `${name}/${file}`, folder });
      if (value !== undefined) values.set(file.slice(0, -3), value);
    } catch (error) {
      if (error instanceof AuthorError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new AuthorError(reason, { file: `${name}/${file}`, cause: error });
    }
  }
  return values;
}

/** Imports a file of an author's. @throws AuthorError */
export async function importAuthors(path: string, folder: CodeFolder): Promise<{ readonly default?: unknown }> {
  return import(pathToFileURL(path).href).catch((error) => {
    throw codeError(error, path, folder);
  });
}

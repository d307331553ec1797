import { readdir } from "node:fs/promises";
import { sep } from "node:path";

/**
 * Imports all that authors wrote in a folder, subfolders included, by name: `notes/add.ts` is `notes/add`. What begins with `_`
 * is there for others to import.
 * @param kind what stands before a file in an error: `source`, `action`, or its folder with a slash
 * @param read what a file's default export is, by the file's name; undefined where the file has nothing to give here
 * @throws Error that names the file, and the fix
 */
export async function authorFiles<Value>(
  dir: URL,
  kind: string,
  read: (name: string, load: () => Promise<unknown>) => Promise<Value | undefined>,
): Promise<Map<string, Value>> {
  // Git keeps no empty folder: an application without sources has none.
  const files = await readdir(dir, { recursive: true }).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const values = new Map<string, Value>();
  for (const file of files.map((file) => file.replaceAll(sep, "/")).sort()) {
    if (!/\.[jt]s$/.test(file) || file.endsWith(".d.ts") || /(?:^|\/)_/.test(file)) continue;
    const name = file.slice(0, -3);
    try {
      const value = await read(name, async () => (await import(new URL(encodeURI(file), dir).href)).default);
      if (value !== undefined) values.set(name, value);
    } catch (error) {
      throw new Error(`${kind}${kind.endsWith("/") ? "" : " "}${file}: ${whyNotLoaded(error)}`, { cause: error });
    }
  }
  return values;
}

/** Why an author's file cannot be imported, with the fix where a package that it needs is not there. */
export function whyNotLoaded(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = /^Cannot find package '((?:@[\w.-]+\/)?[\w.-]+)[/']/.exec(error.message)?.[1];
  return name === undefined ? error.message : `the package “${name}” is not there. Install it: npm install ${name}`;
}

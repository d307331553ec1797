import { existsSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { whyNotLoaded } from "../core/author-files.ts";
import type { Authorize } from "./authorize.ts";

/**
 * Imports the author's hook, if there is one.
 * @param path without its ending: a server that was built has `.js`
 * @throws Error that names the file, and the fix
 */
export async function loadAuthorize(path: string): Promise<Authorize | undefined> {
  const file = [".ts", ".js"].map((ending) => path + ending).find((file) => existsSync(file));
  if (file === undefined) return undefined;
  const fail = (reason: string, cause?: unknown) => new Error(`${basename(file)}: ${reason}`, { cause });
  const { default: exported } = await import(pathToFileURL(file).href).catch((error) => {
    throw fail(whyNotLoaded(error), error);
  });
  if (typeof exported?.decide === "function") return exported;
  throw fail("it exports no hook. Write: export default authorize(({ request, page, action, topic }) => …);");
}

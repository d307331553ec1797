import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { AuthorError } from "../core/author-error.ts";
import { importAuthors } from "../core/author-files.ts";
import type { Authorize } from "./authorize.ts";

/**
 * Imports the author's hook, if there is one.
 * @param path without its ending: a server that was built has `.js`
 * @throws AuthorError, with the fix
 */
export async function loadAuthorize(path: string): Promise<Authorize | undefined> {
  const file = [".ts", ".js"].map((ending) => path + ending).find((file) => existsSync(file));
  if (file === undefined) return undefined;
  const { default: exported } = await importAuthors(file, { path: dirname(file), name: "src" });
  if (isHook(exported)) return exported;
  throw new AuthorError(
    "it exports no hook. Write: export default authorize(({ request, page, action, topic }) => …);",
    {
      file: `src/${basename(file)}`,
    },
  );
}

function isHook(exported: unknown): exported is Authorize {
  return typeof (exported as Partial<Authorize> | null | undefined)?.decide === "function";
}

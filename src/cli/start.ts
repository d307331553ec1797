import { foldersIn } from "../engine/authors.ts";
import { serve } from "../serve.ts";
import { importTypeScript } from "../typescript.ts";
import { folderAt } from "./folder.ts";

/** Runs a folder's server in this process, for production where NODE_ENV does not say otherwise. @throws Misuse */
export async function start(path?: string): Promise<undefined> {
  const folder = folderAt(path);
  process.chdir(folder); // the log, a file of tokens and tsconfig.json are looked for there
  process.env.NODE_ENV ??= "production";
  importTypeScript();
  await serve(foldersIn(folder));
  return undefined;
}

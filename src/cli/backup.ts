import { resolve } from "node:path";
import { readLogPlace } from "../engine/config/settings.ts";
import { Variables } from "../engine/config/variables.ts";
import { backUp } from "../engine/log/lmdb/environment.ts";
import { Misuse } from "./arguments.ts";
import { folderAt } from "./folder.ts";

/**
 * Copies the log of a folder's server, while that runs or not.
 * @param to a folder that is made, or is empty
 * @param path of the folder of pages; the working directory by default
 * @returns what was done @throws Misuse; then nothing was written
 */
export async function backUpLog(to: string | undefined, path?: string): Promise<string> {
  if (to === undefined) throw new Misuse("Name a new folder: brooklet backup /backup/monday");
  const copy = resolve(to); // from where the command was called
  process.chdir(folderAt(path)); // DATA_DIR is looked for there, as by the server
  const variables = new Variables(process.env);
  const log = readLogPlace(variables);
  try {
    variables.check();
    if (log.kind !== "lmdb") throw new Error(notInFolder(log.kind));
    await backUp(log.dir, copy);
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
  return `The log in ${log.dir} is copied to ${to}.`;
}

/** Whatever is left in DATA_DIR from before is not what the server has now. */
function notInFolder(kind: "memory" | "redis"): string {
  return kind === "redis"
    ? "LOG_URL says that the log is on Redis. Back that up with redis-cli --rdb, as /docs/deploying says."
    : "LOG_URL says that the log is in memory, and ends with its process: there is nothing to back up.";
}

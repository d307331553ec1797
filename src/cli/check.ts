import { SettingsError } from "../engine/config/variables.ts";
import { report } from "../engine/ops/logger.ts";
import { onUnawaited } from "../engine/ops/unawaited.ts";
import { importTypeScript } from "../typescript.ts";
import { Misuse } from "./arguments.ts";
import { check } from "./check/check.ts";
import { printed } from "./check/finding.ts";
import { folderAt } from "./folder.ts";
import { writeTopics } from "./topics.ts";

/**
 * Prints what there is to mend in a folder of pages, and tells TypeScript what its topics take.
 * @returns what the process exits with: 1 where there is anything @throws Misuse
 */
export async function checkFolder(path?: string): Promise<number> {
  process.chdir(folderAt(path)); // files are named from there
  importTypeScript(); // schemas
  let unawaited = 0;
  const tell = onUnawaited(report, (error) => {
    throw error;
  });
  process.on("unhandledRejection", (error) => {
    unawaited++;
    tell(error);
  });
  writeTopics(".");
  const checked = await check(".", undefined, process.env).catch(asMisuse);
  console.log(printed(checked));
  return checked.findings.length === 0 && unawaited === 0 ? 0 : 1;
}

/** A setting that is wrong is whoever called this to mend. */
function asMisuse(error: unknown): never {
  throw error instanceof SettingsError ? new Misuse(error.message) : error;
}

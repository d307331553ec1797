import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./folders.ts";

/** What operators copy, so that the tests run the same. */
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The one block of the README in this language. */
export function written(language: string): string {
  const blocks = [...README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))];
  if (blocks.length !== 1) throw new Error(`the README has ${blocks.length} blocks of ${language}, and not one`);
  return blocks[0]![1]!;
}

/** The blocks of shell commands below this heading. */
export function commandsBelow(heading: string): string[] {
  const section = README.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`));
  return [...(section ?? "").matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
}

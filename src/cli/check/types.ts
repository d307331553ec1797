import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Finding } from "./finding.ts";

const CONFIG = "tsconfig.json";

const TO_INSTALL = "Types were not checked. To have them checked, too: npm install --save-dev typescript";

/** What TypeScript finds, and what is to be said where it was not asked. */
export interface Types {
  readonly findings: readonly Finding[];
  /** "" where there is nothing to say. */
  readonly unchecked: string;
}

/**
 * Has the author's own TypeScript look at a folder that has a tsconfig.json: with the version, and the options, that editors have
 * there, and in a process of its own, while all else is looked at.
 */
export async function checkTypes(project: string): Promise<Types> {
  if (!existsSync(join(project, CONFIG))) return { findings: [], unchecked: "" };
  const program = compilerOf(project);
  if (program === undefined) return { findings: [], unchecked: TO_INSTALL };
  return { findings: findingsIn(await said(program, project)), unchecked: "" };
}

/** The program `tsc` of the TypeScript that is installed in the folder, or above it. */
function compilerOf(project: string): string | undefined {
  const required = createRequire(join(resolve(project), CONFIG));
  try {
    const description = required.resolve("typescript/package.json");
    return join(dirname(description), required(description).bin.tsc);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** @throws Error where it ends otherwise than with what it has found */
function said(program: string, project: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [program, "--noEmit", "--pretty", "false"];
    execFile(process.execPath, args, { cwd: project, maxBuffer: 2 ** 26 }, (error, out, complaint) => {
      if (error === null || /\berror TS\d+: /.test(out)) resolve(out);
      else reject(new Error(`tsc failed: ${complaint || error.message}`));
    });
  });
}

/** An error is a line, which begins with its place, if it has one; more of it stands below, indented. */
function findingsIn(text: string): Finding[] {
  return text
    .trim()
    .split(/\r?\n(?! )/)
    .flatMap((told) => {
      const [, file = CONFIG, line, mend] = /^(?:(.+?)\((\d+),\d+\): )?error TS\d+: (.*)$/s.exec(told) ?? [];
      if (mend === undefined) return [];
      return { file, line: line === undefined ? undefined : Number(line), mend: mend.replace(/\s*\n\s*/g, " ") };
    });
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** What answers as the machine's zone or language is set. */
const LOCAL = [
  /\.(?:get|set)(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|TimezoneOffset)\(/,
  /\.to(?:Date|Time|LocaleDate|LocaleTime)String\(/,
  /\.(?:toLocaleString|toLocaleUpperCase|toLocaleLowerCase)\(\s*(?:\)|undefined|\[)/,
  /\.localeCompare\([^,()]*\)/,
  /Intl\.(?!DateTimeFormat|Segmenter)\w+\(\s*(?:\)|undefined|\[)/,
  /Intl\.DateTimeFormat\((?![^;]*timeZone)/,
];

/** The code and the templates in these folders of the repository's, by path. A folder that is not there has none. */
export function codeIn(...folders: string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => /\.(?:ts|eta)$/.test(path))
        .map((path) => join(folder, path)),
    );
}

/** @returns each line that depends on the zone or the language that a machine is set to, with its place */
export function localLines(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, i) => (LOCAL.some((pattern) => pattern.test(line)) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  );
}

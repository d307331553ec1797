import { readFileSync } from "node:fs";
import { posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { AuthorError } from "./author-error.ts";
import { filePath, stackLines } from "./stack.ts";

/** A folder with code of an author's. */
export interface CodeFolder {
  readonly path: string;
  /** As its author knows it: `src/sources`. */
  readonly name: string;
}

/** A file with code of an author's. */
export interface CodeFile {
  readonly path: string;
  /** As its author knows it: `src/sources/price.ts`. */
  readonly name: string;
  readonly folder: CodeFolder;
}

/** Where something is amiss in code, and what. */
interface Finding {
  readonly path?: string | undefined;
  /** From 1; undefined where nothing tells it. */
  readonly line?: number | undefined;
  readonly reason: string;
}

/**
 * What keeps an author's file from being imported, or what its code threw later, with the file and the line, which may be another
 * file that it imports.
 */
export function codeError(error: unknown, path: string, folder: CodeFolder): AuthorError {
  const { path: at = path, line, reason } = findingOf(error, path, folder);
  return new AuthorError(reason, { file: nameOf(at, folder), line, text: textOf(at), cause: error });
}

/** A file as its author knows it, wherever the server was started. */
function nameOf(path: string, folder: CodeFolder): string {
  return posix.join(folder.name, relative(folder.path, path).split(sep).join("/"));
}

function findingOf(error: unknown, path: string, folder: CodeFolder): Finding {
  if (!(error instanceof Error)) return { reason: typeof error === "string" ? error : inspect(error) };
  return notCompiled(error) ?? notFound(error, folder) ?? notExported(error, path) ?? thrown(error, path, folder);
}

/** esbuild tells all that it finds in a file, each after its place; what follows the first often follows from it. */
function notCompiled({ message }: Error): Finding | undefined {
  const [, path, line, reason] = /^(.+):(\d+):\d+: ERROR: (.*)$/m.exec(message) ?? [];
  return path === undefined ? undefined : { path, line: Number(line), reason: reason! };
}

/** What is imported, and is not there: a package, or another file of the author's. */
function notFound({ message }: Error, folder: CodeFolder): Finding | undefined {
  const [, what, name = "", from = ""] =
    /^Cannot find (package|module) '(.+?)' imported from (.+)$/.exec(message) ?? [];
  if (what === undefined) return undefined;
  const path = filePath(from);
  if (what === "module") {
    const missing = posix.basename(name);
    return { path, line: lineWith(path, stem(missing)), reason: `there is no ${nameOf(name, folder)}.` };
  }
  const [own = name] = /^(?:@[\w.-]+\/)?[\w.-]+/.exec(name.split("/node_modules/").at(-1)!) ?? [];
  const reason = `the package “${own}” is not there. Install it: npm install ${own}`;
  return { path, line: lineWith(path, own), reason };
}

function notExported({ message, stack = "" }: Error, path: string): Finding | undefined {
  const [, from, name] = /^The requested module '(.+)' does not provide an export named '(.+)'/.exec(message) ?? [];
  if (from === undefined) return undefined;
  const [, url] = /^(.+):\d+\n/.exec(stack) ?? [];
  const at = url === undefined ? path : filePath(url);
  return { path: at, line: lineWith(at, from), reason: `“${from}” exports no “${name}”.` };
}

/** A line of a stack: its file, as a URL or a path, and its line. */
const FRAME = /^ {4}at (?:async )?(?:.*\()?((?:file:\/\/)?\/.+?):(\d+):\d+\)?$/;

/** Of what is thrown while code runs, the innermost place that is the author's. */
function thrown(error: Error, path: string, folder: CodeFolder): Finding {
  const { message, cause } = error;
  const places = stackLines(error).flatMap((frame) => {
    const [, at, line] = FRAME.exec(frame) ?? [];
    return at === undefined ? [] : { path: filePath(at), line: Number(line) };
  });
  const isOwn = ({ path }: { path: string }) => !path.startsWith(ENGINE) && !path.includes("/node_modules/");
  const inFolder = places.find((place) => place.path === path || place.path.startsWith(`${folder.path}/`));
  const mend = /^[\w$]+ is not defined$/.test(message)
    ? `${message}: import it, or declare it.`
    : message + because(cause);
  return { ...(inFolder ?? places.find(isOwn)), reason: mend };
}

/** A `fetch failed` has all that tells in its cause; one that has tried several addresses has a code and no message. */
function because(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  return ` (${cause.message || ("code" in cause ? cause.code : cause.name)})`;
}

/** This engine's own code. */
const ENGINE = fileURLToPath(new URL("../", import.meta.url));

/** A file is imported as it is called, or without its ending, or by that of what it is compiled to. */
const stem = (name: string) => name.replace(/\.[jt]s$/, "");

/** The first line with a name between quotes, as an import has it. */
function lineWith(path: string, name: string): number | undefined {
  const lines = textOf(path)?.split("\n") ?? [];
  const found = lines.findIndex((line) => /\b(?:from|import)\b/.test(line) && line.includes(name));
  return found === -1 ? undefined : found + 1;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // it was made up, or has gone since
  }
}

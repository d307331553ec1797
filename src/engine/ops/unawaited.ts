import { relative, resolve, sep } from "node:path";
import { Problem } from "../core/problem.ts";
import { filePath, stackLines } from "../core/stack.ts";
import { Flood } from "./flood.ts";
import type { Report } from "./logger.ts";

/** Where this package is: its code is in its `src`, or its `dist`. */
const PACKAGE = resolve(import.meta.dirname, "../../..");
/** What authors wrote may be there, too. */
const OF_AUTHORS = /^(?:(?:sources|actions|views)\/|authorize\.)/;
/** `at check (file:///srv/src/sources/price.ts:3:14)`; of a template's code it ends in `<anonymous>:3:14)`. */
const PLACE = /(?:\(|\bat (?:async )?|, )((?:file:|[A-Za-z]:\\|\/|node:|<anonymous>)[^()]*?):\d+:\d+\)?$/;

/**
 * Tells the operator of promises that were rejected, and that nobody awaits. A library may leave one behind for each value that it
 * is to check, where nobody can reach it: so it ends the process only where the engine itself has failed in a way that was not
 * foreseen, and may be in any state.
 * @param exit ends the process
 */
export function onUnawaited(report: Report, exit: (error: unknown) => void): (error: unknown) => void {
  const flood = new Flood((text) => report(text));
  return (error) => {
    if (isOfEngine(error)) exit(error);
    else if (flood.admits("unawaited")) {
      const mend = "Await it, or catch its error: what began with it may be half done.";
      report(`A promise was rejected that nobody awaits. ${mend}`, error, { level: "error", code: "unawaited" });
    }
  };
}

/** Whether the engine failed where it stood, and neither an author's code nor a library's. What has no stack is not the engine's. */
export function isOfEngine(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Problem) return false;
  const places = stackLines(error).map(placeOf);
  const [first, ...rest] = places.filter((place) => place !== undefined && place !== "node");
  return first === "engine" && !rest.includes("author");
}

function placeOf(line: string): "author" | "engine" | "library" | "node" | undefined {
  const at = PLACE.exec(line)?.[1];
  if (at === undefined) return undefined;
  if (at.startsWith("node:")) return "node";
  if (at === "<anonymous>") return "author";
  const path = filePath(at);
  const [folder, ...rest] = relative(PACKAGE, path).split(sep);
  if ((folder === "src" || folder === "dist") && !OF_AUTHORS.test(rest.join("/"))) return "engine";
  return path.split(sep).includes("node_modules") ? "library" : "author";
}

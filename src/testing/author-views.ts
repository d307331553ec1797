import { Variables } from "../engine/config/variables.ts";
import { Problem, wholeMessage } from "../engine/core/problem.ts";
import { wordingsOf } from "../engine/feature.ts";
import { Views } from "../engine/views/views.ts";
import { readFeatures } from "../features.ts";

/** By folder: to read and compile all templates takes longer than most tests. */
const loaded = new Map<string, Views>();

/** The templates in a folder, as they were when they were first asked for. @throws what `Views.load` throws */
export function viewsIn(folder: string): Views {
  const views = loaded.get(folder) ?? load(folder);
  loaded.set(folder, views);
  return views;
}

function load(folder: string): Views {
  const words = wordingsOf(readFeatures(new Variables({}))());
  return Views.load(folder, (path) => `/${path}`, { development: true, words });
}

/** What something gives; what it throws tells its author all that there is to tell: the mend, the file and the line. */
export function told<T>(work: () => T): T {
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(tell) as T) : result;
  } catch (error) {
    return tell(error);
  }
}

function tell(error: unknown): never {
  if (!(error instanceof Problem) || error.detail === undefined) throw error;
  throw new Error(wholeMessage(error), { cause: error });
}

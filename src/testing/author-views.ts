import { Problem, wholeMessage } from "../engine/core/problem.ts";
import { Views } from "../engine/views/views.ts";

/** By folder: to read and compile all templates takes longer than most tests. */
const loaded = new Map<string, Views>();

/** The templates in a folder, as they were when they were first asked for. @throws what `Views.load` throws */
export function viewsIn(folder: string): Views {
  const views = loaded.get(folder) ?? Views.load(folder, (path) => `/${path}`, { development: true });
  loaded.set(folder, views);
  return views;
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

import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { register as registerTypeScript } from "tsx/esm/api";

/** What authors import of this package, and where that is in src. */
const OWN = { brooklet: "brooklet.ts", "brooklet/testing": "testing/testing.ts" };

/**
 * A hook of Node's loader, as text since it runs on a thread of its own: whatever a folder has installed, or has not, `brooklet`
 * is the one that runs. What a source is made of must be of the same code as what runs it.
 */
const HOOK = `
  let own;
  export const initialize = (files) => { own = files; };
  export const resolve = (name, context, next) => next(Object.hasOwn(own, name) ? own[name] : name, context);
`;

let isImporting = false;

/** From then on this process imports TypeScript, and `brooklet` of any folder. To be called where tsconfig.json is. */
export function importTypeScript(): void {
  if (isImporting) return;
  isImporting = true;
  const isBuilt = import.meta.filename.endsWith(".js");
  const file = ([name, path]: [string, string]) => [
    name,
    isBuilt ? import.meta.resolve(name) : pathToFileURL(join(import.meta.dirname, path)).href,
  ];
  // Before TypeScript is imported, which finds these names by a tsconfig.json above the folder, too: the repository's own names src.
  const data = Object.fromEntries(Object.entries(OWN).map(file));
  if (isBuilt) registerTypeScript(); // else this itself runs by it
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, { data });
}

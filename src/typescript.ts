import { register } from "node:module";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { register as registerTypeScript } from "tsx/esm/api";

/** What authors import of this package, and the file that it is here. */
const OWN = { brooklet: "brooklet", "brooklet/testing": "testing/testing" };

/**
 * A hook of Node's loader, as text since it runs on a thread of its own: whatever a folder has installed, or has not, `brooklet`
 * is the one that runs. What a source is made of must be of the same code as what runs it.
 */
const HOOK = `
  let own;
  export const initialize = (files) => { own = files; };
  export const resolve = (name, context, next) => next(Object.hasOwn(own, name) ? own[name] : name, context);
`;

/** From then on this process imports TypeScript, and `brooklet` of any folder. To be called where tsconfig.json is. */
export function importTypeScript(): void {
  const ending = extname(import.meta.filename);
  if (ending === ".js") registerTypeScript(); // what is TypeScript itself runs by it already
  const file = (name: string) => pathToFileURL(join(import.meta.dirname, name + ending)).href;
  const data = Object.fromEntries(Object.entries(OWN).map(([name, path]) => [name, file(path)]));
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, { data });
}

import { authorFiles } from "../core/author-files.ts";
import type { Action } from "./action.ts";

/** What stands in an address as it is, and so in a file's path. */
const NAME = /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/;

/**
 * Imports every action in a folder: `notes/add.ts` is `notes/add`, at `/actions/notes/add`.
 * @throws AuthorError, with the fix
 */
export function loadActions(dir: URL): Promise<Map<string, Action>> {
  return authorFiles(dir, "src/actions", async (name, load) => {
    if (!NAME.test(name)) {
      throw new Error("An action's file is named in lower-case letters, digits and “-”, such as notes/add.ts.");
    }
    const exported = await load();
    if (isAction(exported)) return exported;
    throw new TypeError('it exports no action. Write: export default action(({ publish }) => publish("wave", {}));');
  });
}

function isAction(value: unknown): value is Action {
  return (
    typeof value === "object" && value !== null && "fields" in value && typeof (value as Action).run === "function"
  );
}

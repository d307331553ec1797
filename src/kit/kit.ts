import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** The folder of the widgets to take: what is below it lies as it does where an author puts it, below `views` or `src`. */
export const KIT = import.meta.dirname;

/** A widget to take. */
export interface KitWidget {
  readonly name: string;
  /**
   * What belongs to it, as paths below {@link KIT}, its template first: `widgets/comments.eta`,
   * `widgets/comments.samples.json`, `snippets/comments.eta`, `actions/comments/add.ts`. Widgets and snippets go below `views`,
   * actions and sources below `src`.
   */
  readonly files: readonly string[];
}

/** All widgets to take, by name. What belongs to one is called as it is, so that there is no list to keep. */
export function kitWidgets(): ReadonlyMap<string, KitWidget> {
  const paths = readdirSync(KIT, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  const files = paths
    .filter((path) => /^(?:widgets|snippets)\/|^(?:sources|actions)\/.*(?<!\.d)\.ts$/.test(path))
    .sort();
  const widgets = files.filter((path) => /^widgets\/.*\.eta$/.test(path));
  return new Map(
    widgets.map((template) => {
      const name = basename(template, ".eta");
      const belongs = new RegExp(`^\\w+/${name}[./]`);
      return [name, { name, files: [template, ...files.filter((path) => path !== template && belongs.test(path))] }];
    }),
  );
}

/** The style sheet that all of them look by. */
export const KIT_STYLE = join(KIT, "kit.css");

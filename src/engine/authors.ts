import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Authorize } from "./access/authorize.ts";
import { loadAuthorize } from "./access/file.ts";
import type { Action } from "./actions/action.ts";
import { loadActions } from "./actions/files.ts";
import { publishAction } from "./actions/publish.ts";
import { sampleAction } from "./actions/sample.ts";
import type { Settings } from "./config/settings.ts";
import { type Feature, wordingsOf } from "./feature.ts";
import type { SourceModule } from "./sources/every.ts";
import { loadSources } from "./sources/files.ts";
import { checkTemplates, loadSchemas, SCHEMA_FILE, type ValueSchema } from "./views/files/value-schema.ts";
import { type ActionNames, PUBLISH_ACTION, SAMPLE_ACTION } from "./views/forms/action-forms.ts";
import { HotSwap } from "./views/hot-swap.ts";

/** Where an author's files are, as absolute paths. */
export interface AuthorFolders {
  readonly views: string;
  readonly public: string;
  /** The schemas of widgets; beside these by default. */
  readonly schemas?: string;
  /** Undefined: there are no sources. */
  readonly sources?: string;
  /** Without it, visitors do nothing. */
  readonly actions?: string;
  /** Who may what, if there is such a file: without its ending. */
  readonly authorize?: string;
}

/** Where they are in the folder of a project. */
export function foldersIn(project: string): AuthorFolders {
  const at = (...names: string[]) => join(resolve(project), ...names);
  return {
    views: at("views"),
    public: at("public"),
    sources: at("src", "sources"),
    actions: at("src", "actions"),
    authorize: at("src", "authorize"),
  };
}

/** What an author has written. */
export interface AuthorFiles {
  /** The templates and files of `public`. */
  readonly current: HotSwap;
  readonly sources: ReadonlyMap<string, SourceModule>;
  readonly actions: ReadonlyMap<string, Action>;
  /** The names of all actions that forms may be of: the author's, the engine's own, and the features'. */
  readonly actionNames: ActionNames;
  readonly authorize: Authorize | undefined;
}

/** What of the settings says how an author's files are loaded. */
export type AuthorSettings = Pick<
  Settings,
  "development" | "showSource" | "publishToken" | "tokensFile" | "mediaOrigins"
>;

/**
 * Loads all that an author has written.
 * @param given in place of what is in the folders
 * @throws AuthorError, or another that names the file, for what its author has to mend
 */
export async function loadAuthors(
  folders: AuthorFolders,
  features: readonly Feature[],
  { development, showSource, publishToken, tokensFile, mediaOrigins }: AuthorSettings,
  given: Partial<Pick<AuthorFiles, "sources" | "actions" | "authorize">> & { readonly isRestarted?: boolean },
): Promise<AuthorFiles> {
  const isOn = ({ create }: Feature) => create !== undefined;
  const isOpen = publishToken === undefined && tokensFile === undefined;
  const views = () => current.views;
  const forAnybody: [string, Action][] = [
    [SAMPLE_ACTION, sampleAction(views)],
    [PUBLISH_ACTION, publishAction(views)],
  ];
  const own = new Map(isOpen ? forAnybody : []);
  const actions = new Map([...own, ...(given.actions ?? (await actionsIn(folders)))]);
  const ofFeatures = features.filter(isOn).flatMap(({ actions = [] }) => actions);
  const actionNames = Object.assign(new Set([...actions.keys(), ...ofFeatures]), { unread: unreadAction(folders) });
  const absent = features.filter((feature) => !isOn(feature)).flatMap(({ pages = [] }) => pages);
  const elsewhere = features.filter(isOn).flatMap(({ elsewhere = [] }) => elsewhere);
  const schemas = await schemasIn(folders, development);
  const words = wordingsOf(features);
  const shown = { hints: showSource, development, absent, elsewhere, mediaOrigins, schemas, words };
  const current = new HotSwap(folders, { actions: actionNames, ...shown }, given.isRestarted);
  checkTemplates(schemas.keys(), current.views.widgets);
  const authorize = given.authorize ?? (await hookIn(folders));
  const sources = given.sources ?? (await sourcesIn(folders, current));
  return { current, sources, actions, actionNames, authorize };
}

/** @throws Error also for a schema that a build has left out: its widget would take anything */
async function schemasIn({ views, schemas }: AuthorFolders, development: boolean): Promise<Map<string, ValueSchema>> {
  const widgets = join(views, "widgets");
  const loaded = await loadSchemas(pathToFileURL(`${schemas ?? widgets}/`), development);
  for (const file of await readdir(widgets).catch(() => [])) {
    if (!SCHEMA_FILE.test(file) || file.startsWith("_") || loaded.has(file.replace(SCHEMA_FILE, ""))) continue;
    throw new Error(`views/widgets/${file} is not in the build. Make it anew: npm run build`);
  }
  return loaded;
}

async function sourcesIn({ sources }: AuthorFolders, { views }: HotSwap): Promise<ReadonlyMap<string, SourceModule>> {
  if (sources === undefined) return new Map();
  return loadSources(pathToFileURL(`${sources}/`), (topic) => void views.widget(topic));
}

async function actionsIn({ actions }: AuthorFolders): Promise<ReadonlyMap<string, Action>> {
  return actions === undefined ? new Map() : loadActions(pathToFileURL(`${actions}/`));
}

/** Looks where authors write actions, also where a build of them is run. */
function unreadAction({ views }: AuthorFolders): ActionNames["unread"] {
  const project = dirname(views);
  return (name) => [`src/actions/${name}.ts`, `src/actions/${name}.js`].find((file) => existsSync(join(project, file)));
}

async function hookIn({ authorize }: AuthorFolders): Promise<Authorize | undefined> {
  return authorize === undefined ? undefined : loadAuthorize(authorize);
}

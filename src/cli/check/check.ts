import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { authorize } from "../../engine/access/authorize.ts";
import { type Action, action } from "../../engine/actions/action.ts";
import { foldersIn } from "../../engine/authors.ts";
import { readMediaOrigins } from "../../engine/config/settings.ts";
import { Variables } from "../../engine/config/variables.ts";
import { authorFiles } from "../../engine/core/author-files.ts";
import { Problem, wholeMessage } from "../../engine/core/problem.ts";
import { parseTopic } from "../../engine/core/topic.ts";
import { wordingsOf } from "../../engine/feature.ts";
import { Assets } from "../../engine/views/assets.ts";
import { checkTemplates } from "../../engine/views/files/value-schema.ts";
import { readViews } from "../../engine/views/files/view-files.ts";
import { readWords } from "../../engine/views/files/words-file.ts";
import { Views } from "../../engine/views/views.ts";
import type { Wordings } from "../../engine/words/words.ts";
import { readFeatures } from "../../features.ts";
import { startBrooklet } from "../../testing/testing.ts";
import { fieldFindings } from "./fields.ts";
import { type Checked, type Finding, sorted } from "./finding.ts";
import { fragmentFindings } from "./fragments.ts";
import { pageFindings } from "./pages.ts";
import { rawFindings } from "./raw.ts";
import { schemaFindings, schemasIn } from "./schemas.ts";
import { CheckedSite } from "./site.ts";
import { findingOf, isAuthors, templateFindings } from "./templates.ts";
import { checkTypes } from "./types.ts";
import { unsampled } from "./unsampled.ts";
import { installedValidator, TO_INSTALL, type Validate } from "./validator.ts";

/**
 * Looks at all that an author has written, without running any of it but templates and schemas: at each template by itself; if all of them load, at
 * what widgets make of their samples, and at the pages with these on them. Types are looked at by the author's own TypeScript.
 * @param project its folder, with `views` and `src` in it
 * @param validator holds HTML against the standard; by default html-validate, if it is installed
 * @param env where MEDIA_ORIGINS is read; nothing by default @throws SettingsError
 */
export async function check(project: string, validator = installedValidator(), env: Env = {}): Promise<Checked> {
  const variables = new Variables({ MEDIA_ORIGINS: env.MEDIA_ORIGINS });
  const mediaOrigins = readMediaOrigins(variables);
  variables.check();
  const types = checkTypes(project);
  types.catch(() => {}); // awaited below
  const folders = foldersIn(project);
  const validate = await validator;
  const features = readFeatures(new Variables({}))();
  const own = await namesIn(folders.actions!, "src/actions");
  const actions = new Set([...own, ...features.flatMap(({ actions = [] }) => actions)]);
  const stubs = Object.fromEntries([...own].map((name): [string, Action] => [name, action(() => {})]));

  const words = wordingsOf(features);
  const ofExports = [
    ...(await exportFindings(folders.sources!, "src/sources")),
    ...(await exportFindings(folders.actions!, "src/actions")),
  ];
  let findings = wordsFindings(folders.views, words);
  let looked: Checked["looked"];
  let [strays, untried]: [readonly Finding[], readonly string[]] = [[], []];
  try {
    const files = readViews(folders.views);
    const templates = [...files.templates.values()].filter(isAuthors);
    const among = (folder: string) => templates.filter(({ name }) => name.startsWith(`${folder}/`)).length;
    looked = { widgets: among("widgets"), pages: among("pages") };
    findings.push(...templateFindings(files, actions));
    strays = files.strays;
    if (findings.length === 0) {
      const schemas = await schemasIn(folders.views);
      const shown = { actions, schemas, development: true, mediaOrigins, words };
      const views = Views.load(folders.views, (path) => `/${path}`, shown);
      checkTemplates(schemas.keys(), views.widgets);
      const site = new CheckedSite({
        views,
        sources: files.templates,
        actions,
        files: new Assets(folders.public).names,
        mediaOrigins,
      });
      looked = { ...looked, pages: views.pages.length };
      untried = unsampled(site);
      findings = await siteFindings(site, validate, { project, stubs, sources: folders.sources! });
    }
  } catch (error) {
    findings.push(findingOf(error, "views"));
  }
  const ofTypes = await types;
  const unchecked = [...untried, ofTypes.unchecked, validate === undefined ? TO_INSTALL : ""]
    .filter((text) => text !== "")
    .join("\n");
  return { findings: sorted([...findings, ...strays, ...ofExports, ...ofTypes.findings]), looked, unchecked };
}

/** What the words of a folder's pages lack. @param ofFeatures what features say besides */
function wordsFindings(views: string, ofFeatures: Wordings): Finding[] {
  try {
    readWords(views, ofFeatures);
    return [];
  } catch (error) {
    return [findingOf(error, "views/words.yaml")];
  }
}

type Env = Readonly<Record<string, string | undefined>>;

interface Code {
  readonly project: string;
  /** In place of the actions, by their names. */
  readonly stubs: Readonly<Record<string, Action>>;
  /** The sources’ folder. */
  readonly sources: string;
}

async function siteFindings(
  site: CheckedSite,
  validate: Validate | undefined,
  { project, stubs, sources }: Code,
): Promise<Finding[]> {
  const findings = await sourceFindings(site, sources);
  for (const widget of site.widgets) {
    findings.push(...fieldFindings(site, widget), ...rawFindings(site, widget), ...schemaFindings(site, widget));
    findings.push(...(await fragmentFindings(site, widget, validate)));
  }
  const open = authorize(() => undefined);
  const brooklet = await startBrooklet({ project, sources: {}, actions: stubs, authorize: open, env: mediaEnv(site) });
  try {
    return [...findings, ...(await pageFindings(site, brooklet, validate))];
  } finally {
    await brooklet.stop();
  }
}

const mediaEnv = ({ mediaOrigins }: CheckedSite): Record<string, string> =>
  mediaOrigins.length === 0 ? {} : { MEDIA_ORIGINS: mediaOrigins.join(",") };

/** Sources whose values no widget shows. */
async function sourceFindings(site: CheckedSite, folder: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of await namesIn(folder, "src/sources")) {
    try {
      site.views.widget(parseTopic(name));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      findings.push({ file: `src/sources/${name}.ts`, mend: wholeMessage(error) });
    }
  }
  return findings;
}

/** Files in a folder that give nothing to whoever imports them: by their text, since none of them is run. */
async function exportFindings(folder: string, shown: string): Promise<Finding[]> {
  const files = await authorFiles(pathToFileURL(`${folder}/`), shown, async (_name, _load, file) => file);
  return [...files.values()].flatMap(({ path, name }) =>
    /\bdefault\b/.test(readFileSync(path, "utf8")) ? [] : [{ file: name, mend: NO_DEFAULT }],
  );
}

const NO_DEFAULT = "nothing is exported by default, so that nothing is taken from here. Write: export default …";

/** The names of what authors wrote in a folder; none of it is run. */
async function namesIn(folder: string, shown: string): Promise<Set<string>> {
  return new Set((await authorFiles(pathToFileURL(`${folder}/`), shown, async (name) => name)).keys());
}

import { pathOf } from "../../core/own-address.ts";

/** A file among the templates that nothing reads, though its author meant it to be read. */
export interface Stray {
  /** Its path as messages name it. */
  readonly file: string;
  /** Why nothing does, and what to do. */
  readonly mend: string;
  /** The template that it would be, such as `widgets/price`, if it would be one. */
  readonly meant?: string;
  /** Its path where it would be among the pages, without that folder: `about.html`. */
  readonly page?: string;
}

const OTHER_LANGUAGE = /(?:\.eta)?\.(?:x?html?|ejs|hbs|handlebars|mustache|njk|liquid|jinja2?|tpl|Eta|ETA)$/;
const OF_PUBLIC = /\.(?:css|svg|png|jpe?g|gif|webp|avif|ico|woff2?)$/i;
const FOLDER = /^(page|widget|snippet)s?(?=\/)/i;

/**
 * The strays of a folder of views. Whatever else an author keeps there is none: only what any reader would take for a mistake.
 * @param paths of all its files, from that folder on
 * @param shown gives such a path as messages name it
 * @param codes of all templates, which may include others
 */
export function straysAmong(
  paths: readonly string[],
  shown: (path: string) => string,
  codes: readonly string[],
): Stray[] {
  const isIncluded = inclusion(codes);
  return paths.flatMap((path) => {
    if (/(?:^|\/)\./.test(path)) return [];
    const stray = path.endsWith(".eta") ? misplaced(path, shown, isIncluded) : unread(path, shown);
    return stray === undefined ? [] : [{ file: shown(path), page: pageOf(path), ...stray }];
  });
}

/** What an address has to say of a stray that would be the page there. */
export function strayAt(strays: readonly Stray[], path: string): string | undefined {
  const addresses = (page: string) => [`/${page}`, pathOf(page.replace(/\..*$/, ""))];
  const stray = strays.find(({ page }) => page !== undefined && addresses(page).includes(path));
  return stray && strayMessage(stray);
}

/** Addresses at which the server answers itself. */
export interface TakenAddresses {
  has(path: string): boolean;
  /** Their first segments. */
  readonly names: readonly string[];
}

/**
 * Pages that nobody sees, since the server itself answers at their addresses.
 * @param files of pages, by their addresses
 * @param ceded pages to which the server leaves their address, once it is started again
 */
export function hiddenPages(
  files: ReadonlyMap<string, string>,
  taken: TakenAddresses,
  ceded: readonly string[],
): Stray[] {
  const hidden = [...files].filter(([address]) => taken.has(address));
  return hidden.map(([address, file]) => {
    const own = `nobody sees it: the server itself answers at ${decodeURIComponent(address)}.`;
    if (ceded.some((page) => pathOf(page) === address)) {
      return { file, mend: `${own} Start it again: then it leaves that address to this page.` };
    }
    return { file, mend: `${own} Rename the file; what is taken, begins with ${taken.names.join(", ")}.` };
  });
}

/** Tells of strays, of each once for as long as it is there. */
export function strayTeller(tell: (message: string) => void): (strays: readonly Stray[]) => void {
  let before = new Set<string>();
  return (strays) => {
    const now = new Set(strays.map(strayMessage));
    for (const message of now) if (!before.has(message)) tell(message);
    before = now;
  };
}

export const strayMessage = ({ file, mend }: Stray): string => `${file}: ${mend}`;

type Why = Pick<Stray, "mend" | "meant"> | undefined;
type Shown = (path: string) => string;

function unread(path: string, shown: Shown): Why {
  const [, ofWidget] = /^widgets\/([^/]+)\.json$/.exec(path) ?? [];
  if (OTHER_LANGUAGE.test(path)) {
    const meant = inItsFolder(path).replace(OTHER_LANGUAGE, "");
    return { meant, mend: `nothing reads it: a template ends in .eta. Rename it to ${shown(meant)}.eta.` };
  }
  if (ofWidget !== undefined && !ofWidget.endsWith(".samples")) {
    const widget = ofWidget.replace(/[.-]?samples?$/, "") || "price";
    return {
      mend: `nothing reads it: a widget’s samples are in a file such as ${shown(`widgets/${widget}.samples.json`)}.`,
    };
  }
  if (path === "words.yml") return { mend: `nothing reads it. Rename it to ${shown("words.yaml")}.` };
  if (!OF_PUBLIC.test(path)) return undefined;
  const name = path.split("/").at(-1);
  return { mend: `no page can have it from here. Move it to public/${name}: in a template that is asset("${name}").` };
}

/** A template that no address, no topic and no other template leads to. */
function misplaced(path: string, shown: Shown, isIncluded: (name: string) => boolean): Why {
  const meant = inItsFolder(path);
  if (path === "layout.eta" || isIncluded(path.slice(0, -".eta".length))) return undefined;
  if (meant !== path)
    return { meant: meant.slice(0, -".eta".length), mend: `nothing reads it. Move it to ${shown(meant)}.` };
  if (path.includes("/")) return undefined;
  const mend = `nothing shows it. As a page it is ${shown(`pages/${path}`)}, as a widget ${shown(`widgets/${path}`)}.`;
  return { meant: `widgets/${path.slice(0, -".eta".length)}`, mend };
}

/** A path with the folder that is likely to have been meant: `page/index.eta` is `pages/index.eta`. */
const inItsFolder = (path: string) => path.replace(FOLDER, (_, name: string) => `${name.toLowerCase()}s`);

/** What is beside the folders may be meant as a page, too. */
function pageOf(path: string): string | undefined {
  const meant = inItsFolder(path);
  if (meant.startsWith("pages/")) return meant.slice("pages/".length);
  return meant.includes("/") ? undefined : meant;
}

/** Whether some templates include one of a name; where they compute a name it may be any. */
function inclusion(codes: readonly string[]): (name: string) => boolean {
  const calls = codes.flatMap((code) => [...code.matchAll(/\binclude\(\s*(["'`]?)([^"'`)]*)/g)]);
  return (name) => calls.some(([, quote, path]) => quote === "" || path!.includes(name.split("/").at(-1)!));
}

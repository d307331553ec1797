import { didYouMean } from "../../engine/core/problem.ts";
import { attribute, type HtmlElement } from "../../engine/views/forms/form-fields.ts";
import type { RenderedHtml } from "./document.ts";
import type { Finding } from "./finding.ts";
import type { TemplatesOf } from "./markup.ts";
import { lineOf, placeOf } from "./place.ts";
import type { CheckedSite } from "./site.ts";

/** What leads elsewhere, or brings something in. */
const LEADING = ["href", "src"];
/** A stream, which never ends. */
const ENDLESS = /^\/events\b/;
/** Where files under public are served, which is no part of their names. */
const ASSETS = /^assets\//;

/** Where links lead: each address is asked for once, of a server that has all that its author has. */
export class Links {
  readonly #site: CheckedSite;
  readonly #url: string;
  readonly #statuses = new Map<string, Promise<number>>();

  constructor(site: CheckedSite, url: string) {
    this.#site = site;
    this.#url = url;
  }

  /** Links of a page that lead nowhere. */
  async findings(page: RenderedHtml, templatesOf: TemplatesOf): Promise<Finding[]> {
    const ids = new Set(page.elements.map((element) => attribute(element, "id")));
    const findings: Finding[] = [];
    for (const element of page.elements) {
      for (const to of LEADING.flatMap((name) => attribute(element, name) ?? [])) {
        const mend = to.startsWith("#") ? anchor(to, ids) : await this.#mend(to, element);
        const templates = templatesOf(element);
        if (mend === undefined || templates[0] === undefined) continue;
        const place = lineOf(new RegExp(`["'\`]${asPattern(to)}["'\`]`, "u"), templates) ??
          placeOf(element, templates) ?? { file: templates[0].file };
        findings.push({ ...place, mend });
      }
    }
    return findings;
  }

  async #mend(to: string, element: HtmlElement): Promise<string | undefined> {
    if (!/^\/(?!\/)/.test(to) || ENDLESS.test(to)) return undefined; // not an address of this server's
    const { pathname } = new URL(to, this.#url);
    const asked = this.#statuses.get(pathname) ?? this.#status(pathname);
    this.#statuses.set(pathname, asked);
    if ((await asked) !== 404) return undefined;
    const pages = [
      ...this.#site.views.paths.fixed,
      "/widgets",
      ...this.#site.widgets.map(({ name }) => `/widgets/${name}`),
    ];
    const file = pathname.slice(1);
    const isFile = element.tagName !== "a";
    const write = isFile
      ? ` A file under public is asset("${file.replace(ASSETS, "")}") in a template.`
      : ` Write views/pages/${file}.eta, or lead elsewhere.`;
    return `${pathname} leads nowhere.${isFile ? write : didYouMean(pathname, pages) || write}`;
  }

  async #status(path: string): Promise<number> {
    const { status, body } = await fetch(this.#url + path, {
      headers: { accept: "text/html,*/*" },
      redirect: "manual",
    });
    await body?.cancel();
    return status;
  }
}

function anchor(to: string, ids: ReadonlySet<string | undefined>): string | undefined {
  const id = decoded(to.slice(1));
  if (id === undefined) return `in ${to} a % begins no character: write %25 for the sign itself.`;
  if (id === "" || id === "top" || ids.has(id)) return undefined;
  const known = [...ids].filter((id) => id !== undefined);
  return `nothing on the page has the id “${id}”.${didYouMean(id, known) || " Give it to what this is to lead to."}`;
}

/** undefined where a % is followed by no two digits, or by those of half a character. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A text as a part of a regular expression. */
const asPattern = (text: string) => text.replace(/[^\w/ ]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);

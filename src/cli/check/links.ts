import { basename } from "node:path";
import { didYouMean, nearest } from "../../engine/core/problem.ts";
import { PUBLISH_ACTION, SAMPLE_ACTION } from "../../engine/views/forms/action-forms.ts";
import { attribute, type HtmlElement } from "../../engine/views/forms/form-fields.ts";
import { outwards, type RenderedHtml } from "./document.ts";
import type { Finding } from "./finding.ts";
import type { TemplatesOf } from "./markup.ts";
import { lineOf, type Place, placeOf } from "./place.ts";
import type { CheckedSite } from "./site.ts";

/** What leads elsewhere, brings something in, or says where a form is sent. */
const LEADING = /^(?:href|src|poster|action|formaction)$/;
/** A stream, which never ends. */
const ENDLESS = /^\/events\b/;
/** Where files under public are served, which is no part of their names. */
const ASSETS = /^assets\//;
/** What leads to pages, where all else brings files in. */
const TO_PAGES = /^(?:a|area|form|button|input|iframe)$/;

interface Link {
  readonly element: HtmlElement;
  readonly attribute: string;
  /** As it is written. */
  readonly to: string;
}

/** Where links lead: each address is asked for once, of a server that has all that its author has. */
export class Links {
  readonly #site: CheckedSite;
  readonly #url: string;
  readonly #answers = new Map<string, Promise<Response>>();

  constructor(site: CheckedSite, url: string) {
    this.#site = site;
    this.#url = url;
  }

  /** Links of a page that lead nowhere. @param path where it is, which those lead on from that begin with no slash */
  async findings(page: RenderedHtml, path: string, templatesOf: TemplatesOf): Promise<Finding[]> {
    const ids = new Set(page.elements.map((element) => attribute(element, "id")));
    const findings: Finding[] = [];
    for (const element of page.elements) {
      for (const link of linksOf(element)) {
        const { to } = link;
        const mend = to.startsWith("#") ? anchor(to, ids) : await this.#mend(link, path);
        const templates = templatesOf(element);
        if (mend === undefined || templates[0] === undefined) continue;
        findings.push({ ...(placeOfLink(link, templates) ?? { file: templates[0].file }), mend });
      }
    }
    return findings;
  }

  async #mend(link: Link, from: string): Promise<string | undefined> {
    const { to } = link;
    const page = this.#url + from;
    if (!URL.canParse(to, page)) return `“${to}” is no address.`;
    const { origin, pathname } = new URL(to, page);
    if (origin !== this.#url || ENDLESS.test(pathname)) return undefined;
    const leads = to === "" || to.startsWith("/") ? pathname : `“${to}” leads from ${from} to ${pathname}, which`;
    if (isPosted(link)) return this.#postMend(pathname, leads);
    const { status } = await this.#asked("GET", pathname);
    if (status !== 404) return undefined;
    return `${leads} leads nowhere.${this.#fileMend(link, pathname) ?? this.#pageMend(to, pathname)}`;
  }

  /** For a form that no action takes. */
  async #postMend(path: string, leads: string): Promise<string | undefined> {
    const actions = [...this.#site.actions, SAMPLE_ACTION, PUBLISH_ACTION];
    const [, name = path.slice(1)] = /^\/actions\/(.*)$/.exec(path) ?? [];
    if (path === `/actions/${name}` ? actions.includes(name) : await this.#takesPost(path)) return undefined;
    const meant = nearest(name, actions);
    const write = `<form <%~ action("${meant ?? "…"}") %>>`;
    return `${leads} takes nothing that a form sends.${meant ? ` Did you mean ${write}?` : ` What a form does is an action: ${write}.`}`;
  }

  async #takesPost(path: string): Promise<boolean> {
    const { headers } = await this.#asked("OPTIONS", path);
    return /\bPOST\b/.test(headers.get("allow") ?? "");
  }

  /** For what is a file, or would be; undefined for all else. */
  #fileMend({ element }: Link, path: string): string | undefined {
    const file = (decoded(path) ?? path).slice(1).replace(ASSETS, "");
    const { files } = this.#site;
    const known = files.find((name) => name === file) ?? files.find((name) => basename(name) === basename(file));
    if (known !== undefined) return ` The file public/${known} is asset("${known}") in a template.`;
    if (TO_PAGES.test(element.tagName)) return undefined;
    const meant = nearest(file, files);
    if (meant !== undefined) return ` Did you mean asset("${meant}")?`;
    return ` A file under public is asset("${file}") in a template.`;
  }

  #pageMend(to: string, path: string): string {
    const { paths } = this.#site.views;
    const ofRoot = new URL(to, this.#url).pathname;
    if (ofRoot !== path && paths.at(ofRoot) !== undefined) return ` Did you mean “${ofRoot}”?`;
    const pages = [...paths.fixed, "/widgets", ...this.#site.widgets.map(({ name }) => `/widgets/${name}`)];
    return didYouMean(path, pages) || ` Write views/pages${path}.eta, or lead elsewhere.`;
  }

  #asked(method: string, path: string): Promise<Response> {
    const key = `${method} ${path}`;
    const asked = this.#answers.get(key) ?? ask(method, this.#url + path);
    this.#answers.set(key, asked);
    return asked;
  }
}

async function ask(method: string, url: string): Promise<Response> {
  const response = await fetch(url, { method, headers: { accept: "text/html,*/*" }, redirect: "manual" });
  await response.body?.cancel();
  return response;
}

function linksOf(element: HtmlElement): Link[] {
  const { tagName, attrs } = element;
  const links = attrs.flatMap(({ name, value }) => {
    const addresses = LEADING.test(name) ? [value] : name === "srcset" ? candidates(value) : [];
    return addresses.map((to) => ({ element, attribute: name, to }));
  });
  const isWithout = tagName === "form" && attribute(element, "action") === undefined;
  return isWithout ? [...links, { element, attribute: "action", to: "" }] : links; // it is sent to its page
}

/** The addresses in a `srcset`, each of which may be followed by its size. */
const candidates = (srcset: string) =>
  [...srcset.matchAll(/(?:^|,)\s*([^\s,]\S*?)(?=,?(?:\s|$))/g)].map(([, address]) => address!);

/** Whether it says where a form is sent that no link could stand for. */
function isPosted({ element, attribute: name }: Link): boolean {
  if (name !== "action" && name !== "formaction") return false;
  const form = [...outwards(element)].find(({ tagName }) => tagName === "form");
  const method = attribute(element, "formmethod") ?? (form && attribute(form, "method"));
  return method?.toLowerCase() === "post";
}

/** Where a link is written: as an attribute, or as a text that a template makes one of. */
function placeOfLink({ element, attribute: name, to }: Link, templates: ReturnType<TemplatesOf>): Place | undefined {
  if (to === "") return placeOf(element, templates);
  const text = asPattern(to);
  return (
    lineOf(new RegExp(`\\b${name}\\s*=\\s*["']?${text}["'\\s>]`, "iu"), templates) ??
    lineOf(new RegExp(`["'\`]${text}["'\`]`, "u"), templates) ??
    placeOf(element, templates)
  );
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

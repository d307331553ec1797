import { AuthorError } from "../../core/author-error.ts";
import { pathOf } from "../../core/own-address.ts";
import type { Params, ParamValue } from "../files/params.ts";
import type { TemplateSource } from "../files/view-files.ts";

/** What the parts of a page's path are called that may be anything: `{ room: "kitchen" }` of `rooms/[room].eta`. */
export type PathParams = Readonly<Record<string, ParamValue>>;

/** As much of a path as one parameter may be, in UTF-16 code units. */
const MAX_PARAM_CHARACTERS = 100;

/** A page whose path has parameters: of each segment its name, or the text that is there. */
interface Pattern {
  readonly page: string;
  readonly segments: readonly (string | { readonly param: string })[];
  readonly params: Params;
}

/** What is known of a page whose path this is about. */
export interface PathOwner {
  readonly source: TemplateSource;
  /** What its front matter says that parameters may be. */
  readonly params: Params;
}

/** Where pages are: at the path of their file, in which `[room]` stands for any segment. */
export class PagePaths {
  readonly #pages: ReadonlyMap<string, PathOwner>;
  readonly #fixed: ReadonlyMap<string, string>;
  /** Those come first that have a text where others have a parameter, from the left. */
  readonly #patterns: readonly Pattern[];

  /**
   * @param pages all of them, by name
   * @param names those that have an address
   * @throws AuthorError for a path that says nothing, and for two pages at one address
   */
  constructor(pages: ReadonlyMap<string, PathOwner>, names: readonly string[]) {
    this.#pages = pages;
    const patterns = names.map((page) => patternOf(page, pages.get(page)!));
    checkApart(patterns, pages);
    this.#patterns = patterns.filter(hasParams).sort(moreFixed);
    const fixed = patterns.filter((pattern) => !hasParams(pattern));
    this.#fixed = new Map(fixed.map(({ page }) => [pathOf(page), page]));
  }

  /** The addresses of all pages without parameters. */
  get fixed(): readonly string[] {
    return [...this.#fixed.keys()];
  }

  /** The file of each page, by its address, where a parameter is its name in brackets, as in the file's. */
  get files(): ReadonlyMap<string, string> {
    const pages = [...this.#fixed.values(), ...this.#patterns.map(({ page }) => page)];
    return new Map(pages.map((page) => [addressOf(page), this.#pages.get(page)!.source.file]));
  }

  /**
   * The name by which the page of a path is asked for: its own, or with its parameters in it, `rooms/kitchen`.
   * @param path percent-encoded, as it came
   */
  at(path: string): string | undefined {
    const page = this.#fixed.get(path);
    if (page !== undefined) return page;
    const segments = path.slice(1).split("/").map(decoded);
    if (segments.some((segment) => segment === undefined)) return undefined;
    const name = segments.join("/");
    return this.#fixed.get(`/${name}`) ?? (this.of(name) === undefined ? undefined : name);
  }

  /** Which page a name with parameters in it is of, and what these are; undefined for every other name. */
  of(name: string): { readonly page: string; readonly params: PathParams } | undefined {
    // Of no template's own name: there are some that have no address, and are none of a visitor's.
    if (this.#pages.has(name)) return undefined;
    const given = name.split("/");
    for (const { page, segments, params: declared } of this.#patterns) {
      if (segments.length !== given.length) continue;
      const params: Record<string, ParamValue> = {};
      const fits = segments.every((segment, i) => {
        if (typeof segment === "string") return segment === given[i];
        const value = typedBy(declared, segment.param, given[i]!);
        if (value !== undefined) params[segment.param] = value;
        return value !== undefined;
      });
      if (fits) return { page, params };
    }
    return undefined;
  }

  /**
   * A name by which a page may be asked for, to try it: with the first of the values that its front matter lists, or else with some word.
   * @returns undefined where nothing is known that would be taken
   */
  example(page: string): string | undefined {
    const pattern = this.#patterns.find((pattern) => pattern.page === page);
    if (pattern === undefined) return page;
    const { segments, params } = pattern;
    const wordsFor = (param: string) =>
      [...params.known(param), "example", param, "1"].filter((word) => typedBy(params, param, word) !== undefined);
    // The first words may be those of a page of its own; a parameter's name, those of an address of the server's: `[events].eta`.
    for (let i = 0; i < 3; i++) {
      const chosen = segments.map((segment) => (typeof segment === "string" ? segment : wordsFor(segment.param)[i]));
      const name = chosen.join("/");
      if (!chosen.includes(undefined) && this.of(name)?.page === page) return name;
    }
    return undefined;
  }
}

/** The address of a page that is asked for by this name. */
export const addressOf = (name: string): string => pathOf(name).split("/").map(encodeURIComponent).join("/");

const isParam = (segment: Pattern["segments"][number]) => typeof segment !== "string";
const hasParams = ({ segments }: Pattern) => segments.some(isParam);

/** What a parameter is that this text stands for; undefined where its page does not take it. */
const typedBy = (declared: Params, param: string, text: string): ParamValue | undefined =>
  declared.has(param) ? declared.typed(param, text) : text;

function patternOf(page: string, { source, params }: PathOwner): Pattern {
  const fail = (why: string) => new AuthorError(why, { ...source, line: 1 });
  const segments = pathOf(page).slice(1).split("/");
  const parts = segments.map((segment) => {
    if (!/[[\]]/.test(segment)) return segment;
    const [, param] = /^\[([a-z][A-Za-z0-9]*)\]$/.exec(segment) ?? [];
    if (param === undefined)
      throw fail(`“${segment}” is no parameter of a path: one is a whole segment, such as [room].`);
    return { param };
  });
  const names = parts.flatMap((part) => (typeof part === "string" ? [] : [part.param]));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw fail(`its path has the parameter [${twice}] twice. Call one of them otherwise.`);
  const unknown = params.names.find((name) => !names.includes(name));
  if (unknown !== undefined) throw fail(`“params” has a “${unknown}”, and the path of this page no [${unknown}].`);
  return { page, segments: parts, params };
}

/** @throws AuthorError for two pages that answer the same addresses */
function checkApart(patterns: readonly Pattern[], pages: ReadonlyMap<string, PathOwner>): void {
  const first = new Map<string, string>();
  for (const { page, segments } of patterns) {
    const shape = segments.map((segment) => (typeof segment === "string" ? segment : "[]")).join("/");
    const other = first.get(shape);
    first.set(shape, page);
    if (other === undefined) continue;
    const { source } = pages.get(page)!;
    const { file } = pages.get(other)!.source;
    throw new AuthorError(`${file} answers the same addresses. Keep one of them.`, { ...source, line: 1 });
  }
}

function moreFixed(a: Pattern, b: Pattern): number {
  for (const [i, segment] of a.segments.entries()) {
    const difference = Number(isParam(segment)) - Number(isParam(b.segments[i] ?? ""));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A segment of a path as a parameter; undefined for what is none. */
function decoded(segment: string): string | undefined {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    return undefined; // half a character
  }
  const isNone = text === "" || text === "." || text === ".." || /[/\\\p{Cc}]/u.test(text);
  return isNone || text.length > MAX_PARAM_CHARACTERS ? undefined : text;
}

import { AuthorError } from "../../core/author-error.ts";
import type { Json } from "../../core/json.ts";
import { didYouMean } from "../../core/problem.ts";
import type { Words } from "../../words/words.ts";
import { type BoardRows, board } from "./board.ts";
import { language } from "./language.ts";
import { Params } from "./params.ts";
import type { TemplateSource } from "./view-files.ts";
import { type Field, type Matter, readYaml, type YamlFields } from "./yaml-fields.ts";

const MAX_COUNT = 10_000;

/** In an address: the page is shown on a wall. */
export const WALL = "wall";

const text: Field<string> = (value, refuse) =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : refuse("a text");

/** A text; or a word in its place, as `words.chat_title`, which is then in the site's language. */
const said =
  (words: Words | undefined): Field<string> =>
  (value, refuse) => {
    const given = text(value, refuse);
    const [, name] = /^words\.(\w+)$/.exec(given) ?? [];
    if (name === undefined || words === undefined) return given;
    if (words.has(name)) return words.of(name);
    return refuse(
      `a text, or a word that there is. There is no word “${name}”.${didYouMean(name, words.names)}`.replace(/\.$/, ""),
    );
  };

const count =
  (least: number): Field<number> =>
  (value, refuse) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= MAX_COUNT
      ? (value as number)
      : refuse(`a whole number from ${least} to ${MAX_COUNT}`);

const value: Field<Json> = (value) => value as Json;

const kind: Field<"state" | "log"> = (value, refuse) =>
  value === "state" || value === "log" ? value : refuse("state or log");

const access: Field<"public" | "page"> = (value, refuse) =>
  value === "public" || value === "page" ? value : refuse("public or page");

const swap: Field<"morph" | "replace"> = (value, refuse) =>
  value === "morph" || value === "replace" ? value : refuse("morph or replace");

/**
 * The elements that a region may be: those of HTML that show what is in them. None of SVG's or MathML's: htmx parses events as
 * HTML, so that an open page would differ from a fresh one.
 */
const REGIONS = new Set(
  (
    "a abbr address article aside b bdi bdo blockquote button caption cite code data dd del details dfn dialog div dl dt em " +
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup i ins kbd label legend li main map mark menu " +
    "meter nav ol output p pre progress q ruby s samp search section small span strong sub summary sup table tbody td tfoot " +
    "th thead time tr u ul var"
  ).split(" "),
);
/** A custom element such as `price-tag`. The names left out have a hyphen, too, and are SVG's and MathML's. */
const OWN = /^(?!annotation-xml$|color-profile$|font-face|missing-glyph$)[a-z][a-z0-9]*-[a-z0-9-]*$/;

const element: Field<string> = (value, refuse) =>
  typeof value === "string" && (REGIONS.has(value) || OWN.test(value))
    ? value
    : refuse(
        "the name of an element of HTML that can hold others, such as div, section, ol or tbody; a drawing stands in the widget's template with the whole of its <svg>",
      );

const params: Field<Params> = (value, refuse) => {
  try {
    return Params.declare(value);
  } catch (error) {
    return refuse((error as Error).message);
  }
};

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 };

const duration: Field<number> = (value, refuse) => {
  const [, count, unit] = (typeof value === "string" && /^([1-9]\d{0,5})(s|m|h)$/.exec(value)) || [];
  return count === undefined
    ? refuse("a time in whole seconds, minutes or hours, such as 30s, 5m or 2h")
    : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
};

const widgetFields = (words?: Words) => ({
  kind,
  keep: count(1),
  history: count(0),
  title: said(words),
  element,
  params,
  command: text,
  initial: value,
  empty: said(words),
  stale_after: duration,
  access,
  swap,
});

export const direction: Field<"ltr" | "rtl"> = (value, refuse) =>
  value === "ltr" || value === "rtl" ? value : refuse("ltr or rtl");

const pageFields = (words?: Words) => ({
  title: said(words),
  description: said(words),
  params,
  query: params,
  board,
  lang: language,
  dir: direction,
});

/** What the front matter of a widget says, with its defaults filled in. */
export interface WidgetMatter {
  kind: "state" | "log";
  keep: number;
  history: number;
  title: string;
  element: string;
  params: Params;
  /** The command by which its source is fed, for the gallery: `redis-cli SET current_price 102`; undefined: a curl line is shown. */
  command: string | undefined;
  /** The value that a state shows before its first one; undefined: it waits. */
  initial: Json | undefined;
  /** The author's words for a region without a value; undefined: the usual ones. */
  empty: string | undefined;
  /** After how long a topic to which nothing new comes is stale; undefined: that is no matter. */
  staleAfterMs: number | undefined;
  /** `page`: only pages that the server rendered may open its topics, and programs with a token. */
  access: "public" | "page";
  /**
   * How an update of a state comes into a page. `replace`: all that is in the region is made anew. `morph`: only what differs is
   * changed; every fragment must be such that it can be. Undefined: morphed where it can be, else replaced.
   */
  swap: "morph" | "replace" | undefined;
}

export interface PageMatter {
  title: string;
  description: string;
  /** What the parameters of its path may be. */
  params: Params;
  query: Params;
  /** The page's cards, in rows; undefined: it has none but those that its template places. */
  board: BoardRows | undefined;
  /** The language of the page, and which way it is written; undefined: as the layout says. */
  lang: string | undefined;
  dir: "ltr" | "rtl" | undefined;
}

/**
 * Reads a widget's front matter.
 * @param words those of the site; without them a text that names a word stays as it is
 * @throws AuthorError
 */
export function widgetMatter(source: TemplateSource, words?: Words): WidgetMatter {
  const name = source.name.slice("widgets/".length);
  const given = read(source, widgetFields(words));
  const kind = given.kind ?? "state";
  if (kind === "state" && given.keep !== undefined) {
    throw at(source, /^keep\b/, "“keep” is for kind: log. A state shows one value; “history” gives it earlier ones.");
  }
  if (kind === "log" && given.history !== undefined) {
    throw at(source, /^history\b/, "“history” is for kind: state. A log shows its “keep” newest items.");
  }
  if (kind === "log" && given.initial !== undefined) {
    throw at(source, /^initial\b/, "“initial” is for kind: state. A log begins without an item.");
  }
  if (kind === "log" && given.swap !== undefined) {
    throw at(source, /^swap\b/, "“swap” is for kind: state. A log’s items are added, replaced and removed one by one.");
  }
  if (given.initial !== undefined && given.empty !== undefined) {
    throw at(
      source,
      /^empty\b/,
      "“empty” is for a widget without a value, and “initial” gives it one. Leave one of them out.",
    );
  }
  return {
    kind,
    keep: given.keep ?? 50,
    history: given.history ?? 0,
    title: given.title ?? name,
    element: given.element ?? (kind === "log" ? "ul" : "div"),
    params: given.params ?? Params.none,
    command: given.command,
    initial: given.initial,
    empty: given.empty,
    staleAfterMs: given.stale_after,
    access: given.access ?? "public",
    swap: given.swap,
  };
}

/** Reads a page's front matter. @param words as of {@link widgetMatter} @throws AuthorError */
export function pageMatter(source: TemplateSource, words?: Words): PageMatter {
  const given = read(source, pageFields(words));
  const { title = "Brooklet", description = "", params = Params.none, query = Params.none, board, lang, dir } = given;
  if (query.has(WALL))
    throw at(source, /^query\b/, `“${WALL}” in an address is the engine’s own: it shows any page on a wall.`);
  return { title, description, params, query, board, lang, dir };
}

/** A mistake in a page's board, at the line of the topic, where that can be found. */
export function boardMistake(source: TemplateSource, topic: string, message: string): AuthorError {
  const lines = source.matter.split("\n");
  const start = Math.max(
    0,
    lines.findIndex((line) => /^board\b/.test(line)),
  );
  const found = lines.findIndex((line, i) => i >= start && line.includes(topic));
  return new AuthorError(`board: ${message}`, { ...source, line: Math.max(start, found) + 2 });
}

/** For templates that are neither pages nor widgets, which may have no front matter. @throws AuthorError */
export function noMatter(source: TemplateSource): void {
  read(source, {});
}

function read<F extends YamlFields>(source: TemplateSource, fields: F): Matter<F> {
  return readYaml({ ...source, yaml: source.matter, linesAbove: 1, what: "front matter" }, fields, (name) => {
    const keys = Object.keys(fields);
    if (keys.length === 0) return "only pages and widgets have front matter.";
    return `front matter has no key “${name}”.${didYouMean(name, keys) || ` It has ${keys.join(", ")}.`}`;
  });
}

function at(source: TemplateSource, key: RegExp, message: string): AuthorError {
  const index = source.matter.split("\n").findIndex((line) => key.test(line));
  return new AuthorError(message, { ...source, line: Math.max(0, index) + 2 });
}

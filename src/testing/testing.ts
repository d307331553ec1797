/* What the tests of authors are made of: `brooklet/testing`. It needs no test runner of a kind. */

import { parse } from "parse5";
import { foldersIn } from "../engine/authors.ts";
import { type Json, JsonText } from "../engine/core/json.ts";
import { didYouMean } from "../engine/core/problem.ts";
import { itemId, itemKey, type Region, regionOf } from "../engine/core/region.ts";
import { parseItem, parseTopic, publicName } from "../engine/core/topic.ts";
import { SAMPLE_TIME } from "../engine/views/files/samples.ts";
import type { Views } from "../engine/views/views.ts";
import { told, viewsIn } from "./author-views.ts";
import { formatted, formattedIn, mainIn } from "./formatted.ts";

export { type StartOptions, startBrooklet, type TestBrooklet } from "./brooklet.ts";
export type { Collected } from "./collected.ts";
export { formatted } from "./formatted.ts";
export type { PressedFields } from "./page-form.ts";
export type { AnsweredPress, OnPage, TestVisitor } from "./visitor.ts";

/** Where the templates are. */
interface Templates {
  /** Their folder; `views` of the working directory by default. */
  readonly views?: string;
}

export interface FragmentParts extends Templates {
  /** Of its region, as in `live("updates", { friends: true })`; none by default. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Earlier values, oldest first; none by default. */
  readonly history?: readonly Json[];
  /** When it was published, in milliseconds since 1970; 2026-11-21T14:03:07Z by default. */
  readonly at?: number;
  /** The item's name, in a widget of `kind: log`; by default it has none, and is the first of its topic. */
  readonly item?: string;
}

/**
 * What a widget makes of a value, as {@link formatted} HTML.
 * @param widget its name, or a topic of its family: `price`, `price/ACME`
 * @throws Error with the file and the line where its template throws; what a template refuses by `refuse()`; that there is no
 *   such widget, with the one that was meant
 */
export function renderFragment(widget: string, data: Json, parts: FragmentParts = {}): string {
  const { params, history = [], at = SAMPLE_TIME, item } = parts;
  return told(() => {
    const views = viewsIn(parts.views ?? foldersIn(".").views);
    const region = regionOf(parseTopic(widget), params);
    const { kind } = views.widget(region.topic);
    views.check(region);
    const sight = { data: published(data), history: history.map(published), at };
    if (kind === "state") return formatted(views.fragment(region, sight));
    const key = item === undefined ? "1" : itemKey(parseItem(item));
    return formatted(views.fragment(region, { ...sight, item, id: itemId(region.id, key) }));
  });
}

export interface RenderedPageParts extends Templates {
  /**
   * What its topics hold, by their names: the value; of a widget of `kind: log`, all values, oldest first. In place of an id of
   * `visitor()` or `once()` write `…`: `random/…`. A topic that is not named waits for its first value.
   */
  readonly values?: Readonly<Record<string, Json>>;
  /** What its template sees as `user`: nobody by default. */
  readonly user?: object;
  /** What its template sees as `data`, where the page is a feature's. */
  readonly data?: unknown;
}

/**
 * What is in the main element of a page, as its first visitor sees it, as {@link formatted} HTML. No server is started, and no
 * source.
 * @param path its address, with its query: `/`, `/updates?friends=true`
 * @throws Error with the file and the line where a template throws; that there is no such page, with the one that was meant
 */
export async function renderPage(path: string, parts: RenderedPageParts = {}): Promise<string> {
  const views = viewsIn(parts.views ?? foldersIn(".").views);
  const { pathname, searchParams } = new URL(path, "http://localhost");
  const name = views.paths.at(pathname);
  if (name === undefined) {
    throw new Error(`There is no page at ${pathname}.${didYouMean(pathname, views.paths.fixed)}`);
  }
  const { values = {}, user, data } = parts;
  const unused = new Set(Object.keys(values));
  const onPage: string[] = [];
  const fill = (region: Region) => {
    const names = [region.name, region.topic, publicName(region.topic)];
    onPage.push(names.at(-1)!);
    const known = names.find((name) => Object.hasOwn(values, name));
    if (known === undefined) return views.waiting(region);
    unused.delete(known);
    return shown(views, region, values[known]!);
  };
  const html = await told(() =>
    views.page(name, {
      query: views.checkQuery(name, Object.fromEntries(searchParams)),
      cursor: "",
      fill,
      visitor: (cookie = "visitor") => fixedId(cookie),
      newId: () => fixedId("once"),
      user,
      data,
    }),
  );
  for (const topic of unused) {
    throw new Error(`The page ${path} shows no topic “${topic}”.${didYouMean(topic, onPage)}`);
  }
  return formattedIn(mainIn(parse(html.toString())));
}

/** A value as templates are given it that was published: none of them can change it. */
const published = (value: Json): Json => JsonText.of(value).value;

/** An id that is always the same, and looks like any other. */
const fixedId = (name: string) => `0${name}`.slice(0, 22).padEnd(22, "-");

function shown(views: Views, region: Region, value: Json): string {
  const { kind, keep, name } = views.widget(region.topic);
  const sight = { history: [], at: SAMPLE_TIME };
  if (kind === "state") return views.fragment(region, { ...sight, data: published(value) });
  if (!Array.isArray(value)) {
    throw new Error(`“${name}” is of kind: log, and so shows a list: give all its values as { "${name}": […] }.`);
  }
  const items = value.map((data, i) =>
    views.fragment(region, { ...sight, data: published(data), id: itemId(region.id, `${i + 1}`) }),
  );
  return (
    items
      .filter((html) => html !== "")
      .slice(-keep)
      .join("") || views.waiting(region)
  );
}

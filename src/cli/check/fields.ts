import type { Json } from "../../engine/core/json.ts";
import { didYouMean } from "../../engine/core/problem.ts";
import { tagsOf, uncommented } from "../../engine/views/files/template-parts.ts";
import type { TemplateSource } from "../../engine/views/files/view-files.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import type { Finding } from "./finding.ts";
import type { Place } from "./place.ts";
import { type CheckedSite, pictureOf } from "./site.ts";

/** Keys by the path of the object that they are of: `data`, `data.memory`, `data.messages[]`. */
type Keys = Map<string, Set<string>>;

/** Fields of `data` that a widget reads, and that none of its samples has: nobody has seen what it makes of them. */
export function fieldFindings(site: CheckedSite, widget: WidgetView): Finding[] {
  const there: Keys = new Map();
  for (const { data, history } of widget.samples) for (const value of [data, ...history]) note(value, "data", there);
  const templates = site.ofWidget(widget.name);
  const read = writtenReads(templates[0]!);
  for (const sample of widget.samples) watchReads(site, widget, sample, read);
  return [...read].flatMap(([path, keys]) => {
    const known = there.get(path);
    if (known === undefined) return []; // no sample has anything there that could have a field
    return [...keys].flatMap((key) => {
      const at = known.has(key) || isBuiltIn(key) ? undefined : readAt(key, templates);
      if (at === undefined) return []; // where the template has it by a computed name, it may have any
      const mend = didYouMean(key, known) || ` Add it to one in ${site.samplesOf(widget.name)}.`;
      return [{ ...at, mend: `this reads ${path}.${key}, which no sample has.${mend}` }];
    });
  });
}

function note(value: Json, path: string, keys: Keys): void {
  if (Array.isArray(value)) for (const one of value) note(one, `${path}[]`, keys);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      add(keys, path, key);
      note(inner, `${path}.${key}`, keys);
    }
  }
}

function add(keys: Keys, path: string, key: string): void {
  keys.set(path, (keys.get(path) ?? new Set()).add(key));
}

const DIRECT = /(?<![\w$.])data\??\.([A-Za-z_$][\w$]*)/g;
const TAKEN_APART = /\{([^{}]*)\}\s*=\s*data\b(?!\s*(?:\?\.|[.[(]))/g;

/** What a template reads of `data` itself, also where no sample leads. */
export function writtenReads(template: TemplateSource): Keys {
  const keys: Keys = new Map();
  for (const tag of tagsOf(template.code)) {
    const code = uncommented(tag);
    for (const [, key] of code.matchAll(DIRECT)) add(keys, "data", key!);
    for (const [, names] of code.matchAll(TAKEN_APART)) {
      for (const name of names!.split(",")) {
        const [, key] = /^\s*([A-Za-z_$][\w$]*)/.exec(name) ?? [];
        if (key !== undefined) add(keys, "data", key);
      }
    }
  }
  return keys;
}

/** Adds what a widget reads when it renders a sample. */
function watchReads(site: CheckedSite, widget: WidgetView, sample: WidgetView["samples"][number], read: Keys): void {
  const known = new WeakMap<object, object>();
  const watched = (value: Json, path: string): Json => {
    if (typeof value !== "object" || value === null) return value;
    // The same for the same, so that a template can compare them.
    const before = known.get(value);
    if (before !== undefined) return before as Json;
    const isList = Array.isArray(value);
    const proxy = new Proxy(value as Record<string, Json>, {
      get: (target, key) => {
        const inner = Reflect.get(target, key);
        if (typeof key === "symbol") return inner;
        if (!isList && isByTemplate()) add(read, path, key);
        return Object.hasOwn(target, key) ? watched(inner as Json, isList ? `${path}[]` : `${path}.${key}`) : inner;
      },
    });
    known.set(value, proxy);
    return proxy as Json;
  };
  try {
    // A copy, since what is frozen cannot be watched.
    const { data, history } = structuredClone({ data: sample.data, history: sample.history });
    pictureOf(site.views, widget, {
      ...sample,
      data: watched(data, "data"),
      history: history.map((value) => watched(value, "data")),
    });
  } catch {
    // That it cannot be rendered is told of the sample itself.
  }
}

/** Whether what reads a watched value is the code of a template, and no function of the engine’s that was given it. */
function isByTemplate(): boolean {
  const [, , , reader] = (new Error().stack ?? "").split("\n"); // after the message, this function and the trap
  return /\beval at\b/.test(reader ?? "");
}

/** Where a field is read by its name. */
function readAt(key: string, templates: readonly TemplateSource[]): Place | undefined {
  const name = key.replaceAll("$", "\\$");
  const reading = new RegExp(`(?:\\.\\s*|[{,]\\s*)${name}(?![\\w$])|[\\w$)\\]]\\[\\s*["'\`]${name}["'\`]\\s*\\]`);
  for (const { file, code } of templates) {
    for (const tag of tagsOf(code)) {
      const at = uncommented(tag).search(reading);
      if (at >= 0) return { file, line: tag.line + tag.code.slice(0, at).split("\n").length - 1 };
    }
  }
  return undefined;
}

/** Whether objects, lists, texts and numbers have it of themselves. */
export const isBuiltIn = (key: string) => [{}, [], "", 0].some((value) => key in Object(value)) || key === "toJSON";

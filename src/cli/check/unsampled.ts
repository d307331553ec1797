import type { Json } from "../../engine/core/json.ts";
import { tagsOf, uncommented } from "../../engine/views/files/template-parts.ts";
import type { TemplateSource } from "../../engine/views/files/view-files.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import { isBuiltIn, writtenReads } from "./fields.ts";
import type { CheckedSite } from "./site.ts";

/**
 * What is to be said of widgets without samples: no mistake, since nothing of theirs is known to be wrong; but what they make of a value
 * was not looked at.
 */
export function unsampled(site: CheckedSite): string[] {
  return site.widgets
    .filter(({ name, samples }) => samples.length === 0 && site.ofWidget(name).length > 0)
    .map((widget) => {
      const { file } = site.ofWidget(widget.name)[0]!;
      return `${file} was not tried, as it has no samples. Write ${site.samplesOf(widget.name)}, such as ${example(site, widget)}`;
    });
}

/** A file of samples, with a value as the template reads it. */
function example(site: CheckedSite, { name }: WidgetView): string {
  const samples = { first: { data: readValue(site.ofWidget(name)[0]!) } };
  return JSON.stringify(samples, null, 1).replace(/\n\s*/g, " ");
}

/** Where a template reads `data`, and whether it goes through that as a list. */
const READ = /(\bof\s+)?(?<![\w$.])data((?:\??\.[A-Za-z_$][\w$]*)*)(?![\w$])/g;
const TEXT = "…";

/** A value that has what a template reads of it. */
function readValue(template: TemplateSource): Json {
  let value: Json = TEXT;
  for (const key of writtenReads(template).get("data") ?? []) if (!isBuiltIn(key)) value = having(value, [key], TEXT);
  for (const tag of tagsOf(template.code)) {
    for (const [, of, path] of uncommented(tag).matchAll(READ)) {
      const keys = path!.match(/[\w$]+/g) ?? [];
      const own = keys.findIndex(isBuiltIn);
      if (own < 0) value = having(value, keys, of === undefined ? TEXT : []);
      else value = having(value, keys.slice(0, own), [TEXT, [], 0].find((kind) => keys[own]! in Object(kind)) ?? TEXT);
    }
  }
  return value;
}

/** @returns a value that also has this where these keys lead, unless more is known of it already */
function having(value: Json, [key, ...rest]: readonly string[], inner: Json): Json {
  if (key === undefined) return value === TEXT ? inner : value;
  if (value !== TEXT && (typeof value !== "object" || value === null || Array.isArray(value))) return value;
  const known = value === TEXT ? {} : value;
  return { ...known, [key]: having(known[key] ?? TEXT, rest, inner) };
}

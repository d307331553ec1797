import { pathToFileURL } from "node:url";
import { JsonText } from "../../engine/core/json.ts";
import type { Misfit } from "../../engine/core/problem.ts";
import type { Sample } from "../../engine/views/samples.ts";
import { loadSchemas, sentence, type ValueSchema } from "../../engine/views/value-schema.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import type { Finding } from "./finding.ts";
import type { CheckedSite } from "./site.ts";

/** The schemas beside an author's widgets. @throws Error that names the file */
export function schemasIn(views: string): Promise<Map<string, ValueSchema>> {
  return loadSchemas(pathToFileURL(`${views}/widgets/`), true);
}

/** Values that a widget's author gives it, and that its schema does not take, or would change. */
export function schemaFindings(site: CheckedSite, { name, samples, initial, schema }: WidgetView): Finding[] {
  if (schema === undefined) return [];
  const template = site.ofWidget(name)[0]!.file;
  const file = template.replace(/\.eta$/, ".samples.json");
  const ofSamples = samples.flatMap((sample) =>
    valuesOf(sample).flatMap(({ at, value }) =>
      amiss(schema, JsonText.of(value), at).map((what) => ({ file, mend: `sample “${sample.name}”, ${what}` })),
    ),
  );
  const ofInitial = initial === undefined ? [] : amiss(schema, JsonText.of(initial), "");
  return [...ofSamples, ...ofInitial.map((what) => ({ file: template, mend: `“initial”, ${what}` }))];
}

const valuesOf = ({ data, history }: Sample) => [
  { at: "/data", value: data },
  ...history.map((value, i) => ({ at: `/history/${i}`, value })),
];

/** @param at where the value is in its file, as a JSON Pointer */
function amiss(schema: ValueSchema, json: JsonText, at: string): string[] {
  const told = ({ pointer, detail }: Misfit) => sentence({ pointer: at + pointer, detail });
  try {
    const misfits = schema.misfits(json);
    if (misfits.length > 0) return misfits.map((misfit) => `${told(misfit)} Mend it, or the schema.`);
    const { value } = schema.result(json) as { value: unknown };
    const pointer = changedAt(JSON.parse(json.text), value);
    const detail =
      "the schema makes another value of it, and what is shown is the one that was published: a schema checks, and changes nothing.";
    return pointer === undefined ? [] : [told({ pointer, detail })];
  } catch (error) {
    return [told({ pointer: "", detail: `the schema throws: ${error}` })];
  }
}

/** The first place that a schema has added or made another; what it leaves out does no harm. */
function changedAt(given: unknown, made: unknown): string | undefined {
  if (typeof given !== "object" || given === null || typeof made !== "object" || made === null) {
    return Object.is(given, made) ? undefined : "";
  }
  for (const [key, value] of Object.entries(made)) {
    if (value === undefined) continue;
    const own = Object.hasOwn(given, key) ? (given as Record<string, unknown>)[key] : undefined;
    const pointer = changedAt(own, value);
    if (pointer !== undefined) return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}${pointer}`;
  }
  return undefined;
}

import { pathToFileURL } from "node:url";
import { JsonText } from "../../engine/core/json.ts";
import type { Misfit } from "../../engine/core/problem.ts";
import type { Sample } from "../../engine/views/files/samples.ts";
import { loadSchemas, sentence, type ValueSchema } from "../../engine/views/files/value-schema.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import type { Finding } from "./finding.ts";
import type { CheckedSite } from "./site.ts";

/** The schemas beside an author's widgets. @throws Error that names the file */
export function schemasIn(views: string): Promise<Map<string, ValueSchema>> {
  return loadSchemas(pathToFileURL(`${views}/widgets/`), true);
}

/**
 * Values that a widget's author gives it, and that its schema does not take, or would change: a finding for each sample, or one
 * for all of them where none fits, as where the widget was taken from somewhere and the schema is the author's own.
 */
export function schemaFindings(site: CheckedSite, { name, samples, initial, schema }: WidgetView): Finding[] {
  if (schema === undefined) return [];
  const file = site.samplesOf(name);
  const misfits = samples.flatMap((sample) => {
    const places = valuesOf(sample).flatMap(({ at, value }) => amiss(schema, JsonText.of(value), at));
    return places.length === 0 ? [] : [{ sample, places }];
  });
  const [first] = misfits;
  const isNone = first !== undefined && samples.length > 1 && misfits.length === samples.length;
  const ofSamples = isNone
    ? [{ file, mend: noneFits(name, first.sample.name, first.places) }]
    : misfits.map(({ sample, places }) => ({
        file,
        line: sample.line,
        mend: unfit(`sample “${sample.name}”`, places),
      }));
  const ofInitial = initial === undefined ? [] : amiss(schema, JsonText.of(initial), "");
  const template = site.ofWidget(name)[0]!.file;
  return ofInitial.length === 0 ? ofSamples : [...ofSamples, { file: template, mend: unfit("“initial”", ofInitial) }];
}

const noneFits = (widget: string, sample: string, places: readonly string[]) =>
  `none of the samples fits the schema. Write samples of what is published to “${widget}”, or mend the schema. Of “${sample}”: ${told(places)}`;

const unfit = (what: string, places: readonly string[]) =>
  `${what} does not fit the schema: ${told(places)} Mend it, or the schema.`;

/** Of what is amiss in one value, so many places are told; who mends these, mends most of the others. */
const TOLD = 3;

function told(places: readonly string[]): string {
  const more = places.length - TOLD;
  return [...places.slice(0, TOLD), ...(more > 0 ? [`And ${more} more.`] : [])].join(" ");
}

const valuesOf = ({ data, history }: Sample) => [
  { at: "/data", value: data },
  ...history.map((value, i) => ({ at: `/history/${i}`, value })),
];

/** @param at where the value is in its file, as a JSON Pointer */
function amiss(schema: ValueSchema, json: JsonText, at: string): string[] {
  const placed = ({ pointer, detail }: Misfit) => sentence({ pointer: at + pointer, detail });
  try {
    const misfits = schema.misfits(json);
    if (misfits.length > 0) return misfits.map(placed);
    const { value } = schema.result(json) as { value: unknown };
    const pointer = changedAt(JSON.parse(json.text), value);
    const detail =
      "the schema makes another value of it, and what is shown is the one that was published: a schema checks, and changes nothing.";
    return pointer === undefined ? [] : [placed({ pointer, detail })];
  } catch (error) {
    return [placed({ pointer: "", detail: `the schema throws: ${error}` })];
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

import { frozen, type Json } from "../../core/json.ts";
import { didYouMean } from "../../core/problem.ts";
import type { RenderInput } from "../../core/widget.ts";
import { readJsonFile } from "./json-file.ts";

/** A value to try a widget with. `<widget>.samples.json` has them by name. */
export interface Sample extends RenderInput {
  readonly name: string;
  /** On which it begins in its file. */
  readonly line: number;
  readonly params: Readonly<Record<string, unknown>>;
}

const KEYS = ["data", "history", "params", "at", "item"];
/** The time of a sample that has none: any, but always the same, so that it renders the same. */
export const SAMPLE_TIME = Date.UTC(2026, 10, 21, 14, 3, 7);

/** Reads a file of samples. @throws AuthorError that has the line, and names the sample */
export function parseSamples(file: string, text: string): Sample[] {
  const { members, fail } = readJsonFile(file, text, "samples by name");
  return [...members].map(([name, { value, line }]) => {
    const refuse = (reason: string) => fail(reason, name);
    const sample = object(value, () => refuse(`sample “${name}” must be an object with “data”.`));
    for (const key of Object.keys(sample)) {
      if (KEYS.includes(key)) continue;
      throw refuse(`sample “${name}” has no key “${key}”.${didYouMean(key, KEYS) || ` It has ${KEYS.join(", ")}.`}`);
    }
    const { data, history = [], params = {}, at = SAMPLE_TIME, item } = sample;
    if (data === undefined) throw refuse(`sample “${name}” must have “data”.`);
    if (!Array.isArray(history)) throw refuse(`the “history” of sample “${name}” must be a list of data.`);
    const time = typeof at === "string" ? Date.parse(at) : at;
    if (typeof time !== "number" || Number.isNaN(time)) {
      throw refuse(`the “at” of sample “${name}” must be a time, such as 2026-11-21T14:03:07Z.`);
    }
    if (item !== undefined && typeof item !== "string") {
      throw refuse(`the “item” of sample “${name}” must be the name that it is published by.`);
    }
    return {
      name,
      line,
      // As published values are: a template that changes them is found here already.
      data: frozen(data),
      item,
      history: frozen(history),
      at: time,
      params: object(params, () => refuse(`“params” of “${name}” must be an object.`)),
    };
  });
}

function object(value: Json, refused: () => Error): { [key: string]: Json } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused();
  return value;
}

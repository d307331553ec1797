import type { Json } from "../core/json.ts";
import { didYouMean } from "../core/problem.ts";
import type { RenderInput } from "../core/widget.ts";

/** A value to try a widget with. `<widget>.samples.json` has them by name. */
export interface Sample extends RenderInput {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const KEYS = ["data", "history", "params", "at", "item"];
/** The time of a sample that has none: any, but always the same, so that it renders the same. */
export const SAMPLE_TIME = Date.UTC(2026, 10, 21, 14, 3, 7);

/** Reads a file of samples. @throws Error that names the file and the sample */
export function parseSamples(file: string, text: string): Sample[] {
  const all = object(json(file, text), `${file} must be an object of samples by name.`);
  return Object.entries(all).map(([name, given]) => {
    const sample = object(given, `${file}: sample “${name}” must be an object with “data”.`);
    for (const key of Object.keys(sample)) {
      if (KEYS.includes(key)) continue;
      throw new Error(
        `${file}: sample “${name}” has no key “${key}”.${didYouMean(key, KEYS) || ` It has ${KEYS.join(", ")}.`}`,
      );
    }
    const { data, history = [], params = {}, at = SAMPLE_TIME, item } = sample;
    if (data === undefined) throw new Error(`${file}: sample “${name}” must have “data”.`);
    if (!Array.isArray(history)) throw new Error(`${file}: the “history” of sample “${name}” must be a list of data.`);
    const time = typeof at === "string" ? Date.parse(at) : at;
    if (typeof time !== "number" || Number.isNaN(time)) {
      throw new Error(`${file}: the “at” of sample “${name}” must be a time, such as 2026-11-21T14:03:07Z.`);
    }
    if (item !== undefined && typeof item !== "string") {
      throw new Error(`${file}: the “item” of sample “${name}” must be the name that it is published by.`);
    }
    return {
      name,
      data,
      item,
      history,
      at: time,
      params: object(params, `${file}: “params” of “${name}” must be an object.`),
    };
  });
}

function json(file: string, text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function object(value: Json, message: string): { [key: string]: Json } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(message);
  return value;
}

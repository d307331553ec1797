import { join } from "node:path";
import type { Words } from "../words/words.ts";
import { bar } from "./bar.ts";
import { gauge } from "./gauge.ts";
import { line } from "./line.ts";
import type { ChartOptions } from "./options.ts";
import { spark } from "./spark.ts";

/** Draws values, as a template has them. */
type Draw = (values: unknown, options?: ChartOptions) => string;

/** The charts that templates draw: written with `<%~ %>`, as wide as their place, and looking as `charts.css` says. */
export type Charts = Readonly<Record<"line" | "bar" | "spark" | "gauge", Draw>>;

/** @param words what they say, and in which language they write numbers where a template names none */
export function charts(words: Words): Charts {
  const { numberLang: lang } = words;
  const drawn =
    (draw: (values: unknown, options: ChartOptions, words: Words) => string): Draw =>
    (values, options = {}) =>
      draw(values, lang === undefined ? options : { lang, ...options }, words);
  return Object.freeze({ line: drawn(line), bar: drawn(bar), spark: drawn(spark), gauge: drawn(gauge) });
}

/** The file that makes charts look as they do; layouts link to it as `asset("charts.css")`. */
export const CHARTS_CSS = join(import.meta.dirname, "charts.css");

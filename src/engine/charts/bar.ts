import type { Words } from "../words/words.ts";
import { columnBars } from "./columns.ts";
import { checkSeries, MAX_BARS } from "./legend.ts";
import { type ChartOptions, checkChart } from "./options.ts";
import { rowBars } from "./rows.ts";
import { readBars } from "./values.ts";

/**
 * A bar chart. What has names is a row each, with its name and its number beside the bar, as many as there are; what has times, or
 * only an order, is columns over an axis.
 * @param values an object of numbers by name, or as of `chart.line`; of several series an object of such, by name
 * @returns SVG and HTML, to be written with `<%~ %>`
 * @throws TypeError for an option that there is not, or values that are none
 */
export function bar(values: unknown, options: ChartOptions, words: Words): string {
  checkChart("chart.bar", options);
  const charted = readBars("chart.bar", values);
  checkSeries("chart.bar", charted.series.length, MAX_BARS);
  return charted.over.kind === "names" && charted.over.names.length > 0
    ? rowBars("chart.bar", charted, options, words)
    : columnBars("chart.bar", charted, options, words);
}

import { area, line as linePath } from "d3-shape";
import { escaped } from "../core/html.ts";
import type { Words } from "../words/words.ts";
import { type ChartOptions, checkChart, endsOf } from "./options.ts";
import { summary } from "./summary.ts";
import { rounded, STRETCHED, stepsOf } from "./svg.ts";
import { thinned } from "./thin.ts";
import { domainOf, tame } from "./value-axis.ts";
import { valueText } from "./value-text.ts";
import { type Point, readLists } from "./values.ts";

const MAX_COLUMNS = 150;
/** What is left above and below, in percent, so that no line is cut. */
const EDGE = 6;

/**
 * A line without axes, for a place beside a number: its height is the style sheet's `--spark-height`.
 * @param values as of `chart.line`, of one series
 * @throws TypeError for an option that there is not, or values that are none
 */
export function spark(values: unknown, options: ChartOptions, words: Words): string {
  const helper = "chart.spark";
  checkChart(helper, options, ["title", "unit", "format", "lang", "min", "max"]);
  const { series } = readLists(helper, values);
  if (series.length > 1) throw new TypeError("chart.spark() shows one series. chart.line() shows several");
  const points = (series[0]?.points ?? []).map(({ y }, x) => ({ x, y: tame(y) }));
  const known = points.filter(({ y }) => !Number.isNaN(y));
  const [low, high] =
    known.length === 0 ? [0, 1] : domainOf([...known.map(({ y }) => y), ...endsOf(options).map(tame)]);
  const x = (point: Point) => rounded(points.length <= 1 ? 100 : (100 * point.x) / (points.length - 1));
  const y = (point: Point) => rounded(100 - EDGE - (100 - 2 * EDGE) * ((point.y - low) / (high - low)));
  const isKnown = (point: Point) => !Number.isNaN(point.y);
  const shown = thinned(points, MAX_COLUMNS, (at) => x({ x: at, y: 0 }));
  const filled = area<Point>().defined(isKnown).x(x).y0(100).y1(y).digits(2)(shown);
  const path = linePath<Point>().defined(isKnown).x(x).y(y).digits(2)(shown) ?? "";
  const last = known.at(-1);
  const drawn =
    last === undefined
      ? ""
      : `<path class="chart-wash chart-1" d="${filled}"/>
<path class="chart-line chart-1" d="${path}"/>
<path class="chart-line chart-1 chart-dot" d="M${x(last)},${y(last)}Z${stepsOf(path)}"/>
`;
  const said = summary(words, series, valueText(helper, options, 0), options);
  return `<svg class="chart-spark" ${STRETCHED} role="img" aria-label="${escaped(said)}">
<path class="chart-grid" d="M0 100H100"/>
${drawn}</svg>`;
}

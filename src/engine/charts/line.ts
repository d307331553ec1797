import { line as linePath } from "d3-shape";
import type { Words } from "../words/words.ts";
import { acrossOf } from "./across.ts";
import { framed } from "./frame.ts";
import { checkSeries, legend, MAX_LINES } from "./legend.ts";
import { type ChartOptions, checkChart, endsOf } from "./options.ts";
import { summary } from "./summary.ts";
import { stepsOf } from "./svg.ts";
import { dataTable } from "./table.ts";
import { thinned } from "./thin.ts";
import { valueAxis } from "./value-axis.ts";
import { valueText } from "./value-text.ts";
import { type Point, readLists } from "./values.ts";

/** Of all lines together: twice as many points are drawn at most. */
const MAX_COLUMNS = 1_200;
/** A line is drawn with no more, as it would have several on a pixel. */
const MAX_LINE_COLUMNS = 300;
/** Of so few values each is marked: one or two are no line yet. */
const FEW = 8;

/**
 * A line chart.
 * @param values a list of numbers, of `[time or name, value]` or of `{ at or name, value }`; of several lines an object of such
 *   lists by name. A time is in ms since 1970 or an ISO text. What is null, or no number, is a gap
 * @returns SVG and HTML, to be written with `<%~ %>`
 * @throws TypeError for an option that there is not, or values that are none
 */
export function line(values: unknown, options: ChartOptions, words: Words): string {
  const helper = "chart.line";
  checkChart(helper, options);
  const charted = readLists(helper, values);
  const { series } = charted;
  checkSeries(helper, series.length, MAX_LINES);
  const axis = valueAxis([...series.flatMap(({ points }) => points.map(({ y }) => y)), ...endsOf(options)]);
  const text = valueText(helper, options, axis.step);
  const across = acrossOf(helper, charted, false, options);
  const columns = Math.min(MAX_LINE_COLUMNS, Math.floor(MAX_COLUMNS / Math.max(1, series.length)));
  const path = linePath<Point>()
    .defined(({ y }) => !Number.isNaN(y))
    .x(({ x }) => across.place(x))
    .y(({ y }) => axis.place(y))
    .digits(2);
  const drawn = series.map(({ points }, i) => {
    const shown = thinned(points, columns, across.place);
    const dots = marked(shown).map(({ x, y }) => `M${across.place(x)},${axis.place(y)}Z`);
    const one = `chart-line chart-${i + 1}`;
    const drawn = path(shown);
    return drawn === null || dots.length === 0
      ? ""
      : `<path class="${one}" d="${drawn}"/>\n<path class="${one} chart-dot" d="${dots.join("")}${stepsOf(drawn)}"/>\n`;
  });
  const hasValues = axis.ticks.length > 0;
  return framed({
    words,
    summary: summary(words, series, text, options, hasValues ? across : undefined),
    legend: legend(
      series.map(({ name }) => name),
      "line",
    ),
    drawn: drawn.join(""),
    table: dataTable(words, series, text, across, options.title),
    values: axis,
    across,
    text,
    options,
  });
}

/** The points that have a dot: the newest, those that no line reaches, and all where there are few. */
function marked(points: readonly Point[]): Point[] {
  const isGap = (i: number) => points[i] === undefined || Number.isNaN(points[i].y);
  const known = points.filter(({ y }) => !Number.isNaN(y));
  if (known.length <= FEW) return known;
  const alone = points.filter((_, i) => !isGap(i) && isGap(i - 1) && isGap(i + 1));
  const last = known.at(-1)!;
  return alone.includes(last) ? alone : [...alone, last];
}

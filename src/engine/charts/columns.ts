import type { Words } from "../words/words.ts";
import { acrossOf } from "./across.ts";
import { framed } from "./frame.ts";
import { legend } from "./legend.ts";
import { type ChartOptions, endsOf } from "./options.ts";
import { summary } from "./summary.ts";
import { rounded } from "./svg.ts";
import { dataTable } from "./table.ts";
import { valueAxis } from "./value-axis.ts";
import { valueText } from "./value-text.ts";
import type { Charted, Point } from "./values.ts";

/** More would be narrower than what can be seen. */
const MAX_COLUMNS = 200;
/** How much of its place a column has, and how much of the whole width at most: a single one is no wall. */
const WIDTH = 0.78;
const MAX_WIDTH = 8;

/** Bars that stand on an axis of times, or of values in their order. */
export function columnBars(helper: string, charted: Charted, options: ChartOptions, words: Words): string {
  const { series } = charted;
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const axis = valueAxis([...values, ...endsOf(options)], { zero: true });
  const text = valueText(helper, options, axis.step);
  const across = acrossOf(helper, charted, true, options);
  const n = Math.max(1, series.length);
  const most = Math.floor(MAX_COLUMNS / n);
  const shown = series.map(({ points }) => furthest(points, most, across.place));
  const widest = Math.max(across.band, 100 / most);
  const width = Math.min(MAX_WIDTH, WIDTH * widest) / n;
  const drawn = shown.flatMap((points, i) =>
    points
      .filter(({ y }) => !Number.isNaN(y))
      .map(({ x, y }) => {
        const left = rounded(across.place(x) + (i - n / 2) * width);
        const [top, foot] = [axis.place(Math.max(0, y)), axis.place(Math.min(0, y))];
        const size = `width="${rounded(width)}" height="${rounded(foot - top)}"`;
        return `<rect class="chart-bar chart-${i + 1}" x="${left}" y="${top}" ${size}/>\n`;
      }),
  );
  return framed({
    words,
    summary: summary(words, series, text, options, axis.ticks.length > 0 ? across : undefined),
    legend: legend(
      series.map(({ name }) => name),
      "bar",
    ),
    drawn: drawn.join(""),
    table: dataTable(words, series, text, across, options.title),
    values: axis,
    across,
    text,
    options,
  });
}

/** Of what falls into one of so many columns, the value that is furthest from 0: so no peak is lost. */
function furthest(points: readonly Point[], columns: number, place: (x: number) => number): readonly Point[] {
  if (points.length <= columns) return points;
  const kept = new Map<number, Point>();
  for (const { x, y } of points) {
    const column = Math.min(columns - 1, Math.floor((place(x) * columns) / 100));
    const known = kept.get(column);
    if (Number.isNaN(y) || (known !== undefined && Math.abs(known.y) >= Math.abs(y))) continue;
    kept.set(column, { x, y });
  }
  return [...kept.values()];
}

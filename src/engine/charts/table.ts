import { escaped } from "../core/html.ts";
import type { Words } from "../words/words.ts";
import type { Across } from "./across.ts";
import type { ValueText } from "./value-text.ts";
import type { Series } from "./values.ts";

/** A table that is read aloud is not read to the end: of more, every so many, and the last. */
const MAX_ROWS = 24;

/** What a chart shows as a table, for those who do not see it. */
export function dataTable(
  words: Words,
  series: readonly Series[],
  text: ValueText,
  across: Pick<Across, "name">,
  title = "",
): string {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  if (xs.length === 0) return "";
  const each = Math.ceil(xs.length / MAX_ROWS);
  const shown = xs.filter((_, i) => (xs.length - 1 - i) % each === 0);
  const values = series.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  const rows = shown.map((x) => {
    const cells = values.map((of) => `<td>${escaped(text.value(of.get(x) ?? Number.NaN))}</td>`);
    return `<tr><th scope="row">${escaped(across.name(x))}</th>${cells.join("")}</tr>`;
  });
  const some = each === 1 ? "" : words.of("chart_some", { shown: shown.length, count: xs.length });
  const caption = [title, some].filter((part) => part !== "").join(", ");
  const names = series.map(({ name }) => `<th scope="col">${escaped(name || words.of("chart_value"))}</th>`).join("");
  return `<div class="chart-data"><table>
${caption === "" ? "" : `<caption>${escaped(caption)}</caption>\n`}<tr><td></td>${names}</tr>
${rows.join("\n")}
</table></div>`;
}

import { escaped } from "../core/html.ts";
import type { Words } from "../words/words.ts";
import { legend } from "./legend.ts";
import { type ChartOptions, endsOf, limitOf } from "./options.ts";
import { rounded } from "./svg.ts";
import { domainOf, tame } from "./value-axis.ts";
import { limitText, type ValueText, valueText } from "./value-text.ts";
import type { Charted } from "./values.ts";

/** Of all series together: of more, the first are shown, and how many there are besides. */
const MAX_ROWS = 60;

/** Bars that lie, each in a row of a table with its name and its number: they need no axis, and any name has room. */
export function rowBars(helper: string, { series, over }: Charted, options: ChartOptions, words: Words): string {
  const names = over.kind === "names" ? over.names : [];
  const shown = names.slice(0, Math.max(1, Math.floor(MAX_ROWS / Math.max(1, series.length))));
  const values = series.flatMap(({ points }) => points.map(({ y }) => y).filter((y) => !Number.isNaN(y)));
  const [low, high] = domainOf([0, ...values, ...endsOf(options)].map(tame));
  const text = valueText(helper, options, (high - low) / 4);
  const place = (value: number) => rounded((100 * (tame(value) - low)) / (high - low));
  const limit = limitOf(options);
  const mark = limit === undefined ? "" : `<path class="chart-limit" d="M${place(limit.value)} 0V10"/>`;
  const cells = (value: number, i: number) => {
    const [from, to] = [place(Math.min(0, value)), place(Math.max(0, value))];
    const bar = Number.isNaN(value)
      ? ""
      : `<rect class="chart-bar chart-${i + 1}" x="${from}" width="${rounded(to - from)}" height="10"/>`;
    const zero = `<path class="chart-zero" d="M${place(0)} 0V10"/>`;
    const drawn = `<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${bar}${zero}${mark}</svg>`;
    return `<td class="chart-bars">${drawn}</td><td>${escaped(text.value(value))}</td>`;
  };
  const several = series.length > 1;
  const body = shown.flatMap((name, x) =>
    series.map(({ name: of, points }, i) => {
      const span = several ? ` scope="rowgroup" rowspan="${series.length}"` : ' scope="row"';
      const head = i === 0 ? `<th${span}><span>${escaped(name)}</span></th>` : "";
      const which = several ? `<th class="chart-unseen" scope="row">${escaped(of)}</th>` : "";
      return `<tr>${head}${which}${cells(points[x]!.y, i)}</tr>`;
    }),
  );
  return `<figure class="chart-rows">
${legend(
  series.map(({ name }) => name),
  "bar",
)}<table>
${caption(options)}${body.join("\n")}
</table>
${names.length > shown.length ? `<p class="chart-words">${words.html("chart_more", { count: names.length - shown.length })}</p>\n` : ""}${limitWords(options, text, words)}</figure>`;
}

function caption({ title = "" }: ChartOptions): string {
  return title === "" ? "" : `<caption class="chart-unseen">${escaped(title)}</caption>\n`;
}

function limitWords(options: ChartOptions, text: ValueText, words: Words): string {
  const limit = limitOf(options);
  if (limit === undefined) return "";
  const key =
    '<svg class="chart-key" viewBox="0 0 10 10" aria-hidden="true"><path class="chart-limit" d="M5 0V10"/></svg>';
  return `<p class="chart-words">${key}${escaped(limitText(limit, text.value, words))}</p>\n`;
}

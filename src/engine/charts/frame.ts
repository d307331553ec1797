import { escaped } from "../core/html.ts";
import type { Words } from "../words/words.ts";
import { type Across, anchorOf, type Tick } from "./across.ts";
import { type ChartOptions, limitOf } from "./options.ts";
import { STRETCHED } from "./svg.ts";
import type { ValueAxis } from "./value-axis.ts";
import { limitText, unitAbove, type ValueText } from "./value-text.ts";

/** Where the quiet lines of a chart are that has no values yet. */
const EMPTY_LINES = [0, 50, 100];
/** A limit that is nearer to the top than this, in percent, has its name below it. */
const NEAR_TOP = 14;

interface Framed {
  readonly words: Words;
  /** For those who do not see it. */
  readonly summary: string;
  readonly legend: string;
  /** What is drawn, 100 by 100. */
  readonly drawn: string;
  readonly table: string;
  readonly values: ValueAxis;
  readonly across: Across;
  readonly text: ValueText;
  readonly options: ChartOptions;
}

/**
 * A chart with its axes. What is drawn is stretched to whatever place it has, and words are not: those on the left are HTML, as
 * wide as they need, and those over the chart stand at percentages of it. So no script has to measure anything, and no style
 * attribute, which the policy of every page forbids, has to say a place.
 */
export function framed({ words, summary, legend, drawn, table, values, across, text, options }: Framed): string {
  const empty = values.ticks.length === 0;
  const n = values.ticks.length - 1;
  const lines = empty ? EMPTY_LINES : values.ticks.map((_, i) => Math.round((i * 10_000) / n) / 100);
  const unit = empty ? "" : unitAbove(options);
  const zero = values.ticks.includes(0) ? `<path class="chart-zero" d="M0 ${values.place(0)}H100"/>\n` : "";
  const scale = values.ticks.map((tick) => `<span>${escaped(text.tick(tick))}</span>`).join("\n");
  return `<figure class="chart${across.ticks.wide.length === 0 ? "" : " chart-labelled"}">
${legend}${unit === "" ? "" : `<p class="chart-words" aria-hidden="true">${escaped(unit)}</p>\n`}<div class="chart-plot">
<div class="chart-scale" aria-hidden="true">
${scale}
</div>
<svg class="chart-area" role="img" aria-label="${escaped(summary)}">
<svg ${STRETCHED}>
<path class="chart-grid" d="${lines.map((y) => `M0 ${y}H100`).join("")}"/>
${zero}${drawn}${limitLine(values, options)}</svg>
${empty ? `<text class="chart-none" x="50%" y="50%" dy="-0.5em" text-anchor="middle">${words.html("chart_no_values")}</text>\n` : ""}${limitName(values, text, options, words)}${labels(across.ticks)}</svg>
</div>
${table}</figure>`;
}

function limitLine(values: ValueAxis, options: ChartOptions): string {
  const limit = limitOf(options);
  if (limit === undefined || values.ticks.length === 0) return "";
  return `<path class="chart-limit" d="M0 ${values.place(limit.value)}H100"/>\n`;
}

function limitName(values: ValueAxis, text: ValueText, options: ChartOptions, words: Words): string {
  const limit = limitOf(options);
  if (limit === undefined || values.ticks.length === 0) return "";
  const y = values.place(limit.value);
  const named = escaped(limitText(limit, text.value, words));
  return `<text class="chart-limit-name" x="0" y="${y}%" dy="${y < NEAR_TOP ? "1.2em" : "-0.4em"}">${named}</text>\n`;
}

/** Below the chart: what is on wide and narrow ones alike once, and what is on one of them with a class that shows it there. */
function labels({ wide, narrow }: Across["ticks"]): string {
  const key = ({ at, text }: Tick) => `${at} ${text}`;
  const [inWide, inNarrow] = [new Set(wide.map(key)), new Set(narrow.map(key))];
  const all = [...wide, ...narrow.filter((tick) => !inWide.has(key(tick)))].sort((a, b) => a.at - b.at);
  return all
    .map((tick) => {
      const where = !inNarrow.has(key(tick)) ? " chart-wide" : !inWide.has(key(tick)) ? " chart-narrow" : "";
      return `<text class="chart-tick${where}" x="${tick.at}%" y="100%" dy="1.5em" text-anchor="${anchorOf(tick.at)}">${escaped(tick.text)}</text>\n`;
    })
    .join("");
}

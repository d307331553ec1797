import { escaped } from "../core/html.ts";
import { DASH } from "../format/numbers.ts";
import { asNumber } from "../format/written.ts";
import type { Words } from "../words/words.ts";
import { type ChartOptions, checkChart, limitOf } from "./options.ts";
import { rounded } from "./svg.ts";
import { tame } from "./value-axis.ts";
import { limitText, valueText } from "./value-text.ts";

const MAX = 100;
/** The half circle, from the left over the top to the right. */
const ARC = "M8 60A52 52 0 0 1 112 60";
const [CENTRE, INNER, OUTER] = [60, 44, 60];

/**
 * A number on a half circle, from `min` (0) to `max` (100). One that is over its limit is of another colour, and says so; one
 * that is beyond the ends is drawn at the end and written as it is.
 * @param value a number, or a text that says one; what is none is a dash
 * @throws TypeError for an option that there is not
 */
export function gauge(value: unknown, options: ChartOptions, words: Words): string {
  const helper = "chart.gauge";
  checkChart(helper, options, ["title", "unit", "format", "lang", "min", "max", "limit"]);
  const { min = 0, max = MAX, title = words.of("chart_value") } = options;
  if (!(min < max)) throw new TypeError("chart.gauge() takes a max that is more than its min");
  const given = asNumber(value);
  const limit = limitOf(options);
  const text = valueText(helper, options, 0).value;
  const written = Number.isNaN(given) ? DASH : text(given);
  const part = (of: number) =>
    rounded(Math.min(100, Math.max(0, (100 * (tame(of) - tame(min))) / (tame(max) - tame(min)))));
  const over = limit !== undefined && given > limit.value;
  const named = limit === undefined ? "" : limitText(limit, text, words);
  const said = over ? words.of("chart_over", { limit: named }) : named;
  const drawn = Number.isNaN(given)
    ? ""
    : `<path class="chart-part" d="${ARC}" pathLength="100" stroke-dasharray="${part(given)} 200"/>\n`;
  const spoken = [written, said].filter((word) => word !== "").join(", ");
  const role = Number.isNaN(given)
    ? `role="img" aria-label="${words.html("chart_no_value", { title: escaped(title) })}"`
    : `role="meter" aria-label="${escaped(title)}" aria-valuemin="${min}" aria-valuemax="${max}" aria-valuenow="${Math.min(max, Math.max(min, given))}" aria-valuetext="${escaped(spoken)}"`;
  return `<figure class="chart-gauge${over ? " chart-over" : ""}">
<svg viewBox="0 0 120 64" ${role}>
<path class="chart-track" d="${ARC}"/>
${drawn}${limit === undefined ? "" : `<path class="chart-limit" d="${mark(part(limit.value))}"/>\n`}</svg>
<b class="chart-value" aria-hidden="true">${escaped(written)}</b>
<span class="chart-words" aria-hidden="true">${escaped(said)}</span>
</figure>`;
}

/** A short line across the half circle. @param at in percent */
function mark(at: number): string {
  const angle = (Math.PI * at) / 100;
  const point = (radius: number) =>
    `${rounded(CENTRE - radius * Math.cos(angle))} ${rounded(CENTRE - radius * Math.sin(angle))}`;
  return `M${point(INNER)}L${point(OUTER)}`;
}

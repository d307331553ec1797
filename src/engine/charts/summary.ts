import type { Words } from "../words/words.ts";
import type { Across } from "./across.ts";
import { type ChartOptions, limitOf } from "./options.ts";
import { extent } from "./value-axis.ts";
import { limitText, type ValueText } from "./value-text.ts";
import type { Series } from "./values.ts";

/** Of so many series each is told by itself; of more, only their names. */
const MAX_TOLD = 4;

/** What a chart shows, in a sentence for those who do not see it: “CPU: 60 values from 3% to 97%, the last 42%”. */
export function summary(
  words: Words,
  series: readonly Series[],
  text: ValueText,
  options: ChartOptions,
  across?: Pick<Across, "name" | "named">,
): string {
  const { title } = options;
  const told =
    series.length > MAX_TOLD
      ? [words.of("chart_series", { count: series.length, names: series.map(({ name }) => name).join(", ") })]
      : series.map((one) => `${one.name === "" ? "" : `${one.name}, `}${range(words, one, text)}`);
  const limit = limitOf(options);
  const parts = [
    told.join("; ") || words.of("chart_none"),
    ...(limit === undefined || series.length === 0 ? [] : [limitText(limit, text.value, words)]),
    ...(across?.named !== true ? [] : span(words, series, across)),
  ];
  return `${title === undefined || title === "" ? "" : `${title}: `}${parts.join("; ")}`;
}

function range(words: Words, { points }: Series, text: ValueText): string {
  const values = points.map(({ y }) => y).filter((y) => !Number.isNaN(y));
  if (values.length === 0) return words.of("chart_none");
  const [low, high] = extent(values);
  const last = text.value(values.at(-1)!);
  const count = values.length;
  if (count === 1) return words.of("chart_one", { last });
  if (low === high) return words.of("chart_same", { count, last });
  return words.of("chart_range", { count, low: text.value(low), high: text.value(high), last });
}

/** From when to when, or from which name to which. */
function span(words: Words, series: readonly Series[], across: Pick<Across, "name">): string[] {
  const all = series.flatMap(({ points }) => points.map(({ x }) => x));
  if (all.length < 2) return [];
  const [first, last] = extent(all);
  return first === last ? [] : [words.of("chart_span", { first: across.name(first), last: across.name(last) })];
}

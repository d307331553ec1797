import type { Across } from "./across.ts";
import { type ChartOptions, limitOf } from "./options.ts";
import { extent } from "./value-axis.ts";
import type { ValueText } from "./value-text.ts";
import type { Series } from "./values.ts";

/** Of so many series each is told by itself; of more, only their names. */
const MAX_TOLD = 4;

/** What a chart shows, in a sentence for those who do not see it: “CPU: 60 values from 3% to 97%, the last 42%”. */
export function summary(
  series: readonly Series[],
  text: ValueText,
  options: ChartOptions,
  across?: Pick<Across, "name" | "named">,
): string {
  const { title } = options;
  const told =
    series.length > MAX_TOLD
      ? [`${series.length} series, ${series.map(({ name }) => name).join(", ")}`]
      : series.map((one) => `${one.name === "" ? "" : `${one.name}, `}${range(one, text)}`);
  const limit = limitOf(options);
  const parts = [
    told.join("; ") || "no values yet",
    ...(limit === undefined || series.length === 0 ? [] : [`${limit.name} ${text.value(limit.value)}`]),
    ...(across?.named !== true ? [] : span(series, across)),
  ];
  return `${title === undefined || title === "" ? "" : `${title}: `}${parts.join("; ")}`;
}

function range({ points }: Series, text: ValueText): string {
  const values = points.map(({ y }) => y).filter((y) => !Number.isNaN(y));
  if (values.length === 0) return "no values yet";
  const [low, high] = extent(values);
  const last = text.value(values.at(-1)!);
  if (values.length === 1) return `one value, ${last}`;
  const from = low === high ? `all ${last}` : `from ${text.value(low)} to ${text.value(high)}, the last ${last}`;
  return `${values.length} values${low === high ? "," : ""} ${from}`;
}

/** From when to when, or from which name to which. */
function span(series: readonly Series[], across: Pick<Across, "name">): string[] {
  const all = series.flatMap(({ points }) => points.map(({ x }) => x));
  if (all.length < 2) return [];
  const [first, last] = extent(all);
  return first === last ? [] : [`${across.name(first)} to ${across.name(last)}`];
}

import { escaped } from "../core/html.ts";

/** Colours and dashes of lines, each its own, that can be told apart. */
export const MAX_LINES = 8;
/** Bars have no dashes: fewer kinds of them can be told apart without their colours. */
export const MAX_BARS = 4;

/** @throws TypeError where there are more series than can be told apart */
export function checkSeries(helper: string, n: number, most: number): void {
  if (n <= most) return;
  throw new TypeError(
    `${helper}() shows ${most} series at most, as more cannot be told apart: here are ${n}. Leave some out`,
  );
}

/** Which line is which, where there are several: by its dashes as well as its colour. */
export function legend(names: readonly string[], kind: "line" | "bar"): string {
  if (names.length < 2) return "";
  const keys = names.map((name, i) => {
    const [width, mark] = kind === "line" ? [28, '<path d="M1 5H27"'] : [10, '<rect x="1" y="1" width="8" height="8"'];
    const drawn = `${mark} class="chart-${kind} chart-${i + 1}"/>`;
    const key = `<svg class="chart-key" viewBox="0 0 ${width} 10" aria-hidden="true">${drawn}</svg>`;
    return `<span>${key}${escaped(name)}</span>`;
  });
  return `<figcaption class="chart-legend">${keys.join("\n")}</figcaption>\n`;
}

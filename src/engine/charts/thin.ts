import type { Point } from "./values.ts";

/**
 * A long series, drawn with a bounded number of points: of what falls into one of so many columns the lowest and the highest stay, in
 * their order, so that no peak is lost. A gap within a column is narrower than what is drawn, and goes.
 * @param place where a value is, from 0 to 100
 */
export function thinned(points: readonly Point[], columns: number, place: (x: number) => number): readonly Point[] {
  if (points.length <= 2 * columns) return points;
  const kept: Point[] = [];
  let column = -1;
  let low: Point | undefined;
  let high: Point | undefined;
  let gap: Point | undefined;
  const close = () => {
    if (low === undefined || high === undefined) return;
    // Both come from one list, in which the earlier one has the lesser x, or stands first.
    const inOrder = low.x <= high.x ? [low, high] : [high, low];
    kept.push(...(low === high ? [low] : inOrder));
    low = high = undefined;
  };
  for (const point of points) {
    if (Number.isNaN(point.y)) {
      gap = point;
      continue;
    }
    const now = Math.min(columns - 1, Math.floor((place(point.x) * columns) / 100));
    if (now !== column) {
      close();
      if (gap !== undefined && kept.length > 0) kept.push(gap);
      column = now;
    }
    gap = undefined;
    if (low === undefined || point.y < low.y) low = point;
    if (high === undefined || point.y > high.y) high = point;
  }
  close();
  return kept;
}

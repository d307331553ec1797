import type { Point } from "./values.ts";

/**
 * A long series, drawn with a bounded number of points: of what falls into one of so many columns the lowest and the highest stay, in
 * their order, so that no peak is lost; and the newest value, at which the line ends. A gap within a column is narrower than what is
 * drawn, and goes.
 * @param place where a value is, from 0 to 100
 */
export function thinned(points: readonly Point[], columns: number, place: (x: number) => number): readonly Point[] {
  if (points.length <= 2 * columns) return points;
  const newest = points.findLastIndex(({ y }) => !Number.isNaN(y));
  const kept: Point[] = [];
  let column = -1;
  /** Of one column, by their index. */
  let stay: { low: number; high: number } | undefined;
  let gap: Point | undefined;
  const close = (...also: number[]) => {
    if (stay === undefined) return;
    const inOrder = [...new Set([stay.low, stay.high, ...also])].sort((a, b) => a - b);
    kept.push(...inOrder.map((i) => points[i]!));
    stay = undefined;
  };
  for (const [i, point] of points.entries()) {
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
    stay ??= { low: i, high: i };
    if (point.y < points[stay.low]!.y) stay.low = i;
    if (point.y > points[stay.high]!.y) stay.high = i;
  }
  close(newest);
  return kept;
}

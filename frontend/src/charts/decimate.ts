import { lowerBound } from "../state/column";

/** A stretch of the epoch axis, and into how many columns the screen can tell it apart. */
export interface Extent {
  from: number;
  to: number;
  columns: number;
  log: boolean;
}

export interface Points {
  x: number[];
  y: number[];
}

/**
 * The points of a curve that matter on the screen: the least and the greatest of each column, in the order in which
 * they come, and the curve's two ends. A curve with fewer points than that is given whole.
 *
 * `x` ascends and is positive. One point beyond each end of the extent is kept, so that lines run to the edges. A NaN
 * in `y` is a hole in the line.
 */
export function decimate(x: Float64Array, y: Float64Array, extent: Extent): Points {
  const first = Math.max(0, lowerBound(x, extent.from) - 1);
  const last = Math.min(x.length - 1, lowerBound(x, extent.to + 0.5));
  const points: Points = { x: [], y: [] };
  if (last < first) return points;
  const push = (index: number) => {
    points.x.push(x[index] as number);
    points.y.push(y[index] as number);
  };
  if (last - first < 2 * extent.columns) {
    for (let i = first; i <= last; i++) push(i);
    return points;
  }
  const place = extent.log ? Math.log : (value: number) => value;
  const start = place(Math.max(extent.from, 0.5));
  const scale = extent.columns / (place(extent.to) - start);
  const columnOf = (index: number) => Math.floor((place(x[index] as number) - start) * scale);
  push(first);
  let low = first + 1;
  let high = first + 1;
  let column = columnOf(first + 1);
  const close = () => {
    push(Math.min(low, high));
    if (low !== high) push(Math.max(low, high));
  };
  for (let i = first + 2; i < last; i++) {
    const at = columnOf(i);
    if (at !== column) {
      close();
      low = high = i;
      column = at;
      continue;
    }
    const value = y[i] as number;
    if (value < (y[low] as number) || Number.isNaN(y[low])) low = i;
    if (value > (y[high] as number) || Number.isNaN(y[high])) high = i;
  }
  close();
  push(last);
  return points;
}

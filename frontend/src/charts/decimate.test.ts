import { describe, expect, it } from "vitest";
import { decimate } from "./decimate";

const epochs = (count: number) => Float64Array.from({ length: count }, (_, i) => i + 1);

describe("decimate", () => {
  it("gives a short curve whole", () => {
    const y = Float64Array.of(0.5, 0.6, 0.7);
    expect(decimate(epochs(3), y, { from: 0, to: 10, columns: 100, log: false })).toEqual({
      x: [1, 2, 3],
      y: [0.5, 0.6, 0.7],
    });
  });

  it("keeps the two ends and each column's least and greatest, in their order", () => {
    // Columns of the epochs 1 to 5, 6 to 10 and 11 to 15, besides the ends at 1 and 15.
    const y = Float64Array.of(5, 1, 2, 9, 3, 4, 8, 0, 7, 6, 2, 1, 1, 3, 2);
    const points = decimate(epochs(15), y, { from: 0.5, to: 15.5, columns: 3, log: false });
    expect(points).toEqual({ x: [1, 2, 4, 7, 8, 12, 14, 15], y: [5, 1, 9, 8, 0, 1, 3, 2] });
  });

  it.each([false, true])("draws every column of a long curve from its least to its greatest (log %s)", (log) => {
    const y = Float64Array.from({ length: 4000 }, (_, i) => Math.sin(i * i) / (1 + i / 500));
    const points = decimate(epochs(4000), y, { from: 1, to: 4000, columns: 150, log });
    expect(points.x.length).toBeLessThanOrEqual(2 * 150 + 4);
    expect([points.x[0], points.x.at(-1)]).toEqual([1, 4000]);
    expect([...points.x].sort((a, b) => a - b)).toEqual(points.x);
    expect(points.x.map((x) => y[x - 1])).toEqual(points.y);
    const place = log ? Math.log : (x: number) => x - 1;
    const columnOf = (x: number) => Math.floor(place(x) * (150 / place(4000)));
    const extremes = (x: number[]) => {
      const found = new Map<number, [number, number]>();
      for (const each of x.filter((each) => each > 1 && each < 4000)) {
        const [low, high] = found.get(columnOf(each)) ?? [Infinity, -Infinity];
        const value = y[each - 1] as number;
        found.set(columnOf(each), [Math.min(low, value), Math.max(high, value)]);
      }
      return found;
    };
    expect(extremes(points.x)).toEqual(extremes(Array.from(epochs(4000))));
  });

  it("runs one point past the edges of a zoomed extent", () => {
    const points = decimate(epochs(100), epochs(100), { from: 20, to: 30, columns: 400, log: false });
    expect(points.x[0]).toBe(19);
    expect(points.x.at(-1)).toBe(31);
  });

  it("gives nothing for a curve that lies before the extent's start or has no points", () => {
    expect(decimate(epochs(0), epochs(0), { from: 1, to: 30, columns: 40, log: false }).x).toEqual([]);
    expect(decimate(epochs(5), epochs(5), { from: 20, to: 30, columns: 40, log: false }).x).toEqual([5]);
  });

  it("does not let a hole hide an extreme", () => {
    const y = new Float64Array(1000).fill(Number.NaN);
    y[500] = 1;
    const points = decimate(epochs(1000), y, { from: 1, to: 1000, columns: 5, log: false });
    expect(points.y).toContain(1);
  });
});

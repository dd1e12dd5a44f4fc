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

  it.each([false, true])("keeps both ends and every extreme, ascending (log %s)", (log) => {
    const y = Float64Array.from({ length: 4000 }, (_, i) => Math.sin(i / 7) / (1 + i / 500));
    y[1234] = 9;
    y[2345] = -9;
    const points = decimate(epochs(4000), y, { from: 1, to: 4000, columns: 150, log });
    expect(points.x.length).toBeLessThanOrEqual(2 * 150 + 4);
    expect(points.x[0]).toBe(1);
    expect(points.x.at(-1)).toBe(4000);
    expect(points.y).toContain(9);
    expect(points.y).toContain(-9);
    expect([...points.x].sort((a, b) => a - b)).toEqual(points.x);
    expect(new Set(points.x).size).toBe(points.x.length);
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

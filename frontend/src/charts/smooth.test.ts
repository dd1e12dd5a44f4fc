import { describe, expect, it } from "vitest";
import { runningMean } from "./smooth";

const numbers = (...values: number[]) => Float64Array.from(values);

describe("runningMean", () => {
  it("is over the epochs around each, and over fewer at the ends", () => {
    expect([...runningMean(numbers(1, 2, 3, 4), numbers(0, 3, 6, 3), 3)]).toEqual([1.5, 3, 4, 4.5]);
  });

  it("counts epochs, not points, on a thinned curve", () => {
    expect([...runningMean(numbers(1, 10, 11, 30), numbers(1, 2, 4, 8), 5)]).toEqual([1, 3, 3, 8]);
  });

  it("keeps holes, and takes nothing from them", () => {
    const smoothed = runningMean(numbers(1, 2, 3), numbers(1, Number.NaN, 3), 5);
    expect([...smoothed]).toEqual([2, Number.NaN, 2]);
  });

  it("leaves a curve as it is over one epoch", () => {
    expect([...runningMean(numbers(1, 2, 3), numbers(5, 1, 7), 1)]).toEqual([5, 1, 7]);
  });
});

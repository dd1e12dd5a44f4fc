import { describe, expect, it } from "vitest";
import { armSeries } from "../../charts/series";
import { run } from "../../state/fixture";
import { decades, sharedRange } from "./ranges";

describe("decades", () => {
  const of = (train: number[], test: number[]) => [armSeries([run(1, train, test)], "score")];
  it("lie around all points above 0", () => {
    expect(decades(of([0.69, 0.02], [0.3, 4]))).toEqual([0.01, 10]);
    expect(decades(of([0.5, 0], [0.3, Number.NaN]))).toEqual([0.1, 1]);
    expect(decades(of([1], [1]))).toEqual([1, 10]);
    expect(decades(of([Number.NaN], [0]))).toEqual([0.1, 1]);
  });
});

describe("sharedRange", () => {
  const of = (values: number[]) => [armSeries([run(1, values, values)], "score")];
  it("takes few values, whatever arrives", () => {
    expect(sharedRange([], "score", "accuracy")[0]).toBe(0.5);
    expect(sharedRange(of([0.6, 1]), "score", "accuracy")).toEqual([0.5, 1.015]);
    expect(sharedRange(of([0.49]), "score", "accuracy")[0]).toBe(0.25);
    expect(sharedRange(of([0.1]), "score", "accuracy")[0]).toBe(0);
    expect(sharedRange(of([0.69, 0.2]), "loss", "accuracy")).toEqual([0, 0.8]);
    expect(sharedRange(of([Number.NaN]), "loss", "accuracy")).toEqual([0, 1]);
  });
  it("makes room for the extremes where those are drawn", () => {
    const arms = [armSeries([run(1, [0.9], [0.9]), run(2, [0.4], [0.9])], "score")];
    expect(sharedRange(arms, "score", "accuracy")[0]).toBe(0.5);
    expect(sharedRange(arms, "score", "accuracy", "range")[0]).toBe(0.25);
    const late = Array.from({ length: 40 }, (_, i) => (i === 0 ? 0.2 : 0.9));
    const soon = late.with(0, 0.9);
    const start = [armSeries([run(1, late, late), run(2, soon, soon)], "score")];
    expect(sharedRange(start, "score", "accuracy", "range")[0]).toBe(0.5);
  });
  it("goes below zero for r², but not without end", () => {
    expect(sharedRange(of([0.2, 0.9]), "score", "r2")).toEqual([0, 1.03]);
    expect(sharedRange(of([-0.2, 0.9]), "score", "r2")[0]).toBe(-0.5);
    expect(sharedRange(of([-40, 0.9]), "score", "r2")[0]).toBe(-1);
  });
  it("holds the later epochs for r² where all of them lie far below zero", () => {
    const far = [armSeries([run(1, [0.4, -31, -32, -32], [0.2, -26, -27, -27])], "score")];
    expect(sharedRange(far, "score", "r2")).toEqual([-40, 1 + 0.03 * 41]);
    expect(sharedRange([...far, ...of([0.5, 0.6])], "score", "r2")[0]).toBe(-1);
    expect(sharedRange(of([Number.NaN]), "score", "r2")[0]).toBe(0.5);
  });
});

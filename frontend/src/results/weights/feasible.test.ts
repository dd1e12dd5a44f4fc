import { describe, expect, it } from "vitest";
import { feasibleSets, setExtent, traceSet } from "./feasible";

describe("feasibleSets", () => {
  const sets = (constraint: { kind: string; [field: string]: unknown }) => feasibleSets(constraint, 3);
  it("has the shape of each constraint in the plane of a unit's two weights", () => {
    expect(sets({ kind: "max_norm", max_value: 2, axis: 0 })).toEqual([{ shape: "disc", radius: 2 }]);
    expect(sets({ kind: "unit_norm" })).toEqual([{ shape: "circle", radius: 1 }]);
    expect(sets({ kind: "min_max_norm", min_value: 1, max_value: 1 })).toEqual([{ shape: "circle", radius: 1 }]);
    expect(sets({ kind: "min_max_norm", min_value: 0.5, max_value: 1 })).toEqual([
      { shape: "ring", inner: 0.5, outer: 1 },
    ]);
    expect(sets({ kind: "min_max_norm", min_value: 0, max_value: 1 })).toEqual([{ shape: "disc", radius: 1 }]);
    expect(sets({ kind: "l1_norm", max_value: 2 }).map(setExtent)).toEqual([2]);
    expect(sets({ kind: "box", min_value: -1, max_value: 0.5 }).map(setExtent)).toEqual([1]);
    expect(sets({ kind: "non_neg" }).map(setExtent)).toEqual([3]);
    for (const kind of ["simplex", "zero_mean"]) expect(sets({ kind })).toMatchObject([{ shape: "line" }]);
    expect(sets({ kind: "chain", constraints: [{ kind: "zero_mean" }, { kind: "unit_norm" }] })).toHaveLength(2);
  });

  it("says nothing of a unit where norms are taken over something else", () => {
    expect(sets({ kind: "max_norm", max_value: 2, axis: 1 })).toEqual([]);
    expect(sets({ kind: "frobenius_norm", max_value: 2 })).toEqual([]);
    expect(feasibleSets(null, 3)).toEqual([]);
  });

  it("is traced in pixels, closed where it has an inside", () => {
    const calls: (string | number)[][] = [];
    const pen = {
      moveTo: (x: number, y: number) => calls.push(["move", x, y]),
      lineTo: (x: number, y: number) => calls.push(["line", x, y]),
      arc: (x: number, y: number, radius: number) => calls.push(["arc", x, y, radius]),
      closePath: () => calls.push(["close"]),
    };
    const place = (x: number, y: number): [number, number] => [10 + 5 * x, 10 - 5 * y];
    for (const set of sets({ kind: "min_max_norm", min_value: 1, max_value: 2 })) traceSet(set, pen, place, 5);
    expect(calls.filter(([call]) => call === "arc")).toEqual([
      ["arc", 10, 10, 10],
      ["arc", 10, 10, 5],
    ]);
    calls.length = 0;
    for (const set of sets({ kind: "simplex" })) traceSet(set, pen, place, 5);
    expect(calls).toEqual([
      ["move", 10, 5],
      ["line", 15, 10],
    ]);
  });
});

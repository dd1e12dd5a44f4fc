import { describe, expect, it } from "vitest";
import type { FeasibleSet } from "../../api/types";
import { hasHole, isThin, setExtent, traceSet } from "./feasible";

const ring = (inner: number, outer: number): FeasibleSet => ({ shape: "ring", inner, outer });
const polygon = (corners: [number, number][], endless = false): FeasibleSet => ({ shape: "polygon", corners, endless });

const circle = ring(1, 1);
const quadrant = polygon(
  [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ],
  true,
);
const segment = polygon([
  [0, 1],
  [1, 0],
]);

describe("feasible sets", () => {
  it("are thin where they have no inside", () => {
    expect([circle, segment, ring(0, 1), ring(0.5, 1), quadrant].map(isThin)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it("have a hole where the origin is left out", () => {
    expect([circle, ring(0.5, 1), ring(0, 1), segment].map(hasHole)).toEqual([true, true, false, false]);
  });

  it("need room as far as they go, and none where they are endless", () => {
    const diamond = polygon([
      [0, 2],
      [-2, 0],
      [0, -2],
      [2, 0],
    ]);
    expect([ring(0.5, 2), diamond, quadrant].map(setExtent)).toEqual([2, 2, 0]);
  });

  it("are traced in pixels, closed where they have an inside", () => {
    const traced = (set: FeasibleSet) => {
      const calls: (string | number)[][] = [];
      const pen = {
        moveTo: (x: number, y: number) => calls.push(["move", x, y]),
        lineTo: (x: number, y: number) => calls.push(["line", x, y]),
        arc: (x: number, y: number, radius: number) => calls.push(["arc", x, y, radius]),
        closePath: () => calls.push(["close"]),
      };
      traceSet(set, pen, (x, y) => [10 + 5 * x, 10 - 5 * y], 5, 3);
      return calls;
    };
    const arcs = (set: FeasibleSet) => traced(set).filter(([call]) => call === "arc");
    expect(arcs(ring(1, 2))).toEqual([
      ["arc", 10, 10, 10],
      ["arc", 10, 10, 5],
    ]);
    expect(arcs(circle)).toEqual([["arc", 10, 10, 5]]);
    expect(arcs(ring(0, 2))).toEqual([["arc", 10, 10, 10]]);
    expect(traced(segment)).toEqual([
      ["move", 10, 5],
      ["line", 15, 10],
    ]);
    expect(traced(quadrant)).toEqual([
      ["move", 10, 10],
      ["line", 25, 10],
      ["line", 25, -5],
      ["line", 10, -5],
      ["close"],
    ]);
  });
});

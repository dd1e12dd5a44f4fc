import { describe, expect, it } from "vitest";
import type { Canvas } from "../../charts/plotLayout";
import type { ArmNorms, WeightNorms } from "../../state/norms";
import {
  firstWeight,
  histogram,
  limitLabels,
  normExtent,
  normsLayout,
  normTraces,
  projectionSize,
  ZERO,
} from "./norms";

const canvas: Canvas = { width: 400, height: 200, scheme: "light", zoomable: false };

const weight: WeightNorms = {
  layer: "hidden",
  weight: "kernel",
  constraint: "max norm 3",
  limits: [null, 3],
  groups: 4,
  unit: "each unit",
  epoch: [0, 1, 10],
  min: [0, 0, 0],
  lower: [1, 1, 1],
  median: [1.5, 1.5, 2],
  mean: [1.5, 1.5, 2],
  upper: [2, 2, 2],
  max: [2, 2.5, 3],
  binding: [0, 0, 0.25],
  projection: [0, 0, 0.1],
};

describe("norms", () => {
  const bias = { ...weight, weight: "bias", constraint: null };
  const output = { ...weight, layer: "output", weight: "kernel" };
  const view = (...weights: WeightNorms[][]): ArmNorms[] =>
    weights.map((each, i) => ({ name: `arm ${i}`, seeds: 1, weights: each }));
  it("begin with the first weight that any arm constrains, else with the first kernel", () => {
    const free = { ...weight, constraint: null };
    expect(firstWeight(view([bias, free, output], [bias, free, { ...output, constraint: "unit norm" }]))).toBe(
      "output kernel",
    );
    expect(firstWeight(view([bias, free]))).toBe("hidden kernel");
    expect(firstWeight(view([]))).toBeNull();
  });

  it("are drawn with epoch 0 at the left edge and the limit as a line", () => {
    const axes = { log: true, epochs: [ZERO, 10], top: 3.5 } as const;
    const traces = normTraces(weight, "#0072b2", axes, canvas);
    expect(traces.map((trace) => trace.name)).toEqual(["least to greatest", "quartiles", "median", "at most 3"]);
    expect(traces[2]).toMatchObject({ x: [ZERO, 1, 10], y: [1.5, 1.5, 2] });
    expect(traces[3]?.y).toEqual([3, 3]);
    expect(normsLayout(axes, weight.limits, canvas).xaxis).toMatchObject({ range: [Math.log10(ZERO), 1] });
  });

  it("leave out limits that are far above every norm", () => {
    expect(normExtent([weight])).toBeGreaterThan(3);
    expect(normExtent([{ ...weight, limits: [null, 50] }])).toBeLessThan(5);
    expect(limitLabels([1, 1])).toEqual([{ at: 1, label: "exactly 1" }]);
    expect(limitLabels([0, 2])).toEqual([{ at: 2, label: "at most 2" }]);
  });

  it("are counted in even steps, with what lies outside at the ends", () => {
    expect(histogram(Float32Array.of(0, 0.1, 0.5, 0.99, 7), 1, 4)).toEqual([2, 0, 1, 2]);
  });
});

it("takes rounding of a projection for none", () => {
  expect(projectionSize(2.2e-6, 2)).toBe(0);
  expect(projectionSize(1e-3, 2)).toBe(1e-3);
  expect(projectionSize(2.2e-6, 0.01)).toBe(2.2e-6);
  expect(projectionSize(2.2e-6, Number.NaN)).toBe(2.2e-6);
});

import { describe, expect, it } from "vitest";
import type { Curves } from "../api/types";
import { borders, contour, mapPixels, palette, shade } from "../results/boundary/boundary";
import { curvesCsv } from "../results/export/curvesCsv";
import { firstWeight, histogram, limitWords, normReach, normsLayout, normTraces, ZERO } from "../results/norms/norms";
import { feasibleSets, reachOfSet, traceSet } from "../results/weights/feasible";
import { imagePixels } from "../results/weights/weights";
import type { ArmNorms, WeightNorms } from "../state/norms";
import { placeX, placeY, roomFor, ticks } from "./drawing";
import type { Canvas } from "./plotLayout";

const canvas: Canvas = { width: 400, height: 200, scheme: "light", zoomable: false };

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
    expect(sets({ kind: "l1_norm", max_value: 2 }).map(reachOfSet)).toEqual([2]);
    expect(sets({ kind: "box", min_value: -1, max_value: 0.5 }).map(reachOfSet)).toEqual([1]);
    expect(sets({ kind: "non_neg" }).map(reachOfSet)).toEqual([3]);
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

describe("axes", () => {
  it("have few round numbers", () => {
    expect(ticks(0, 1, 6)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-2.5, 2.5, 6)).toEqual([-2, -1, 0, 1, 2]);
    expect(ticks(0, 0.034, 5)).toEqual([0, 0.01, 0.02, 0.03]);
    expect(ticks(0, 180, 4)).toEqual([0, 100]);
    expect(ticks(1, 1, 4)).toEqual([1]);
  });

  it("take few ranges, all of them with some room", () => {
    for (const value of [0.013, 0.99, 1, 2.05, 7.9, 1234]) {
      expect(roomFor(value)).toBeGreaterThan(value * 1.03);
      expect(roomFor(value)).toBeLessThan(value * 1.5);
    }
    expect(roomFor(2.0)).toBe(roomFor(2.3));
    expect(roomFor(0)).toBe(1);
  });

  it("place their numbers in pixels, upwards", () => {
    const area = { left: 10, top: 20, width: 100, height: 50, x: [0, 2], y: [-1, 1] } as const;
    expect([placeX(area, 1), placeY(area, 1), placeY(area, -1)]).toEqual([60, 20, 70]);
  });
});

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
    expect(normReach([weight])).toBeGreaterThan(3);
    expect(normReach([{ ...weight, limits: [null, 50] }])).toBeLessThan(5);
    expect(limitWords([1, 1])).toEqual([{ at: 1, words: "exactly 1" }]);
    expect(limitWords([0, 2])).toEqual([{ at: 2, words: "at most 2" }]);
  });

  it("are counted in even steps, with what lies outside at the ends", () => {
    expect(histogram(Float32Array.of(0, 0.1, 0.5, 0.99, 7), 1, 4)).toEqual([2, 0, 1, 2]);
  });
});

describe("boundaries", () => {
  it("cross a field where linear interpolation says", () => {
    // A slope from 0 on the left to 4 on the right: the level 1 lies a quarter of the way.
    expect(contour([0, 4, 0, 4], 2, 2, 1)).toEqual([0.25, 0, 0.25, 1]);
    expect(contour([0, 0, 0, 0], 2, 2, 1)).toEqual([]);
  });

  it("part a saddle by its middle", () => {
    const low = contour([1, 0, 0, 1], 2, 2, 0.75);
    const high = contour([1, 0, 0, 1], 2, 2, 0.25);
    expect([low.length, high.length]).toEqual([8, 8]);
    // Above the middle's level each high corner is cut off by itself: one piece ends on the lower and left sides.
    expect(low.slice(0, 4)).toEqual([0.25, 0, 0, 0.25]);
    expect(high.slice(0, 4)).toEqual([0.75, 0, 1, 0.25]);
  });

  it("run between cells of different classes", () => {
    expect(borders([0, 1, 0, 1], 2, 2)).toEqual([0.5, -0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.5]);
  });

  it("are coloured by class, faintest at a half, and turned upright", () => {
    const colours = palette(2, "light");
    expect(colours[4 * 127 + 3]).toBeLessThan(3);
    expect(colours[3]).toBeGreaterThan(100);
    const numbers = palette(0, "light", [5, 15], [0, 20]);
    expect([...numbers.slice(0, 3)]).toEqual(shade(5, [0, 20], "light"));
    expect(shade(-3, [0, 20], "light")).toEqual(shade(0, [0, 20], "light"));
    const pixels = mapPixels(Uint8Array.of(0, 0, 255, 255), 2, 2, colours);
    expect([...pixels.slice(0, 3)]).toEqual([...colours.slice(4 * 255, 4 * 255 + 3)]);
  });
});

describe("pictures of weights", () => {
  it("are blue below zero, red above, and clear at it", () => {
    const images = { height: 1, width: 3, channels: 1, values: Float32Array.of(9, 9, 9, -1, 0, 2) };
    const pixels = imagePixels(images, 1, 1, 0, 2);
    const [below, zero, above] = [0, 1, 2].map((i) => [...pixels.slice(4 * i, 4 * i + 4)]);
    expect((below?.[2] ?? 0) > (below?.[0] ?? 0)).toBe(true);
    expect(zero?.[3]).toBe(0);
    expect(above).toEqual([178, 24, 43, 255]);
  });
});

describe("curvesCsv", () => {
  it("has a line for each epoch of each run, names quoted where they must be", () => {
    const run = { seed: 1, epoch: [1, 2], train_accuracy: [0.5, 1], test_accuracy: [0.5, null] };
    const curves = { last_event_id: "1-0", runs: [{ arm: 'max norm 1, "hard"', ...run }] } as unknown as Curves;
    expect(curvesCsv(curves)).toBe(
      'arm,seed,epoch,train_accuracy,test_accuracy\n"max norm 1, ""hard""",1,1,0.5,0.5\n"max norm 1, ""hard""",1,2,1,\n',
    );
  });
});

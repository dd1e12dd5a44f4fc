import { describe, expect, it } from "vitest";
import type { PointsSample, Preview } from "../api/types";
import { scatterFigure } from "./scatter";

describe("scatterFigure", () => {
  const sample: PointsSample = {
    kind: "points",
    axes: ["x1", "x2"],
    points: [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
    y: [0, 1, 1],
    part: ["train", "test", "test"],
  };
  const preview = {
    task: "binary",
    classes: 2,
    class_names: ["no", "yes"],
    feature_names: ["x1", "x2"],
    rows: 3,
    sample,
  } as unknown as Preview;

  it("tells classes by colour and shape, training rows by filling", () => {
    const { data, layout } = scatterFigure(preview, sample, { width: 300, height: 200 }, "dark");
    const shown = data.map((trace) => [trace.name, trace.marker?.symbol, trace.x]);
    expect(shown).toEqual([
      ["no, test", "circle-open", []],
      ["yes, test", "diamond-open", [2, 4]],
      ["no, validation", "circle-open", []],
      ["yes, validation", "diamond-open", []],
      ["no, train", "circle", [0]],
      ["yes, train", "diamond", []],
    ]);
    expect(layout.yaxis).toMatchObject({ scaleanchor: "x" });
  });

  it("tells a target by colour, or by height where there is one feature", () => {
    const target = { min: -1, mean: 0, max: 1, std: 1 };
    const regression = { ...preview, task: "regression", classes: 0, class_names: [], target } as Preview;
    const size = { width: 300, height: 200 };
    const shaded = scatterFigure(regression, { ...sample, y: [0.5, -1, 1] }, size, "light");
    const [test] = shaded.data;
    expect(test).toMatchObject({ name: "test", marker: { color: [-1, 1], cmin: -1, cmax: 1 } });
    const curve = scatterFigure({ ...regression, feature_names: ["x1"] }, sample, size, "light");
    expect(curve.data[0]?.marker?.color).toBe("#0072b2");
    expect(curve.layout.yaxis).not.toHaveProperty("scaleanchor");
  });
});

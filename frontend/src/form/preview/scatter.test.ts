import { describe, expect, it } from "vitest";
import type { PointsSample, Preview } from "../../api/types";
import { scatterPlot, ticksOf } from "./scatter";

const size = { width: 370, height: 248 };

const numberOf = (tick: { text: string } | undefined) => Number(tick?.text.replace("−", "-"));
/** Beginnings of the symbols of a path. */
const starts = (path = "") => [...path.matchAll(/M([-\d.]+) ([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

describe("scatterPlot", () => {
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
    const { marks } = scatterPlot(preview, sample, size, "dark");
    expect(marks.map(({ name, fill, stroke, path }) => [name, fill, stroke, starts(path).length])).toEqual([
      ["yes, test", "none", "#b395d7", 2],
      ["no, train", "#6bb3a9", "none", 1],
    ]);
    expect(marks[0]?.path).not.toContain("a"); // a diamond
    expect(marks[1]?.path).toContain("a"); // a circle
  });

  it("has the same unit on both axes, with every point inside", () => {
    const { marks, x, y } = scatterPlot(preview, sample, size, "light");
    const [low, high] = [x[0], x.at(-1)];
    const across = ((high?.at ?? 0) - (low?.at ?? 0)) / (numberOf(high) - numberOf(low));
    const [bottom, top] = [y[0], y.at(-1)];
    const up = ((bottom?.at ?? 0) - (top?.at ?? 0)) / (numberOf(top) - numberOf(bottom));
    expect(across).toBeCloseTo(up, 6);
    const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = starts(marks[0]?.path);
    expect(x2 - x1).toBeCloseTo(2 * across, 1);
    expect(y1 - y2).toBeCloseTo(2 * up, 1);
    for (const [left = 0, above = 0] of marks.flatMap(({ path }) => starts(path))) {
      expect(left).toBeGreaterThan(52);
      expect(left).toBeLessThan(size.width - 18);
      expect(above).toBeGreaterThan(8);
      expect(above).toBeLessThan(size.height - 40);
    }
  });

  it("tells a target by colour, or by height where there is one feature", () => {
    const target = { min: -1, mean: 0, max: 1, std: 1 };
    const regression = { ...preview, task: "regression", classes: 0, class_names: [], target } as Preview;
    const shaded = scatterPlot(regression, { ...sample, y: [0.5, -1, 1] }, size, "light");
    expect(shaded.marks.map(({ name, stroke }) => [name, stroke])).toEqual([
      ["test", "#00224e"],
      ["test", "#d8b72f"],
      ["train", "none"],
    ]);
    const curve = scatterPlot({ ...regression, feature_names: ["x1"] }, sample, { width: 800, height: 248 }, "light");
    expect(curve.marks.map(({ stroke }) => stroke)).toEqual(["#1b8a7a", "none"]);
    const [first, last] = starts(curve.marks[0]?.path);
    expect((last?.[0] ?? 0) - (first?.[0] ?? 0)).toBeGreaterThan(250); // as wide as there is room
  });

  it("leaves out what is not a number, and draws equal values", () => {
    const odd = { ...sample, points: [[1, Number.NaN], [1, 1], [1, 1]] }; // biome-ignore format: rows
    const { marks, x } = scatterPlot(preview, odd, size, "light");
    expect(marks.map(({ name }) => name)).toEqual(["yes, test"]);
    expect(x.length).toBeGreaterThan(1);
    expect(marks[0]?.path).not.toContain("NaN");
  });
});

describe("ticksOf", () => {
  it.each([
    [
      [0, 1],
      ["0", "0.2", "0.4", "0.6", "0.8", "1.0"],
    ],
    [
      [-1.3, 2.2],
      ["−1.0", "−0.5", "0", "0.5", "1.0", "1.5", "2.0"],
    ],
    [
      [0, 37],
      ["0", "5", "10", "15", "20", "25", "30", "35"],
    ],
    [
      [90_000, 410_000],
      ["100K", "150K", "200K", "250K", "300K", "350K", "400K"],
    ],
    [
      [0, 1e-5],
      ["0", "2.0e−6", "4.0e−6", "6.0e−6", "8.0e−6", "1.0e−5"],
    ],
  ] as [[number, number], string[]][])("are round: %j", (range, texts) => {
    expect(ticksOf(range).map(([, text]) => text)).toEqual(texts);
  });
});

import { describe, expect, it } from "vitest";
import type { SweepAnswer } from "../../api/types";
import { MARKS, shade, sweepFigure, ticks } from "./sweepFigure";

const spread = (mean: number | null, se: number | null = 0.1) => ({ mean, std: se, se });

const point = (value: number, mean: number | null): SweepAnswer["points"][number] => ({
  arm: `max norm ${value}`,
  values: [value],
  n: 3,
  score: spread(mean),
  train: spread(mean === null ? null : mean + 0.1),
  gap: spread(mean === null ? null : 0.1),
  norm: mean === null ? null : { mean: value / 2, min: 0, max: value },
});

const answer: SweepAnswer = {
  axes: [{ title: "hidden kernel: max norm", path: [], values: [0.1, 1, 10], scale: "log", simpler: "low" }],
  judged_on: "test",
  score: "accuracy",
  weight: "hidden.kernel",
  baseline: { ...point(1, 0.7), arm: "baseline", values: [] },
  points: [point(0.1, 0.8), point(1, 0.9), point(10, null)],
  best: 1,
  pick: 0,
  sentence: "",
  last_event_id: "0-0",
};

const canvas = { width: 300, height: 200, scheme: "light" } as const;

const named = (figure: ReturnType<typeof sweepFigure>, name: string) =>
  figure.data.find((trace) => trace.name === name);

describe("sweepFigure", () => {
  it("draws train solid and what is judged on dashed, each with a band of a standard error", () => {
    const figure = sweepFigure(answer, "score", canvas);
    expect(named(figure, "train")).toMatchObject({ x: [0.1, 1], line: { dash: "solid" } });
    expect(named(figure, "test")).toMatchObject({ y: [0.8, 0.9], line: { dash: "dash" } });
    expect(named(figure, "test, band")?.y).toEqual([0.9, 1, 0.8, 0.7000000000000001]);
    expect(figure.layout.xaxis).toMatchObject({ type: "log" });
  });

  it("draws the baseline as a level, and marks the best value and the pick", () => {
    const figure = sweepFigure(answer, "score", canvas);
    expect(named(figure, "baseline")).toMatchObject({ x: [0.1, 10], y: [0.7, 0.7], line: { dash: "dot" } });
    expect(named(figure, "best")).toMatchObject({ x: [1], y: [0.9], marker: { symbol: MARKS.best } });
    expect(named(figure, "pick")).toMatchObject({ x: [0.1], y: [0.8], marker: { symbol: MARKS.pick } });
  });

  it("has the same traces before anything is known, so that they can move", () => {
    const none = { ...answer, points: answer.points.map((each) => point(each.values[0] as number, null)) };
    const before = sweepFigure({ ...none, best: null, pick: null }, "score", canvas);
    expect(before.data.map((trace) => trace.name)).toEqual(
      sweepFigure(answer, "score", canvas).data.map((trace) => trace.name),
    );
    expect(named(before, "best")?.x).toEqual([]);
  });

  it("draws norms from the least to the greatest", () => {
    expect(named(sweepFigure(answer, "norm", canvas), "norm, band")?.y).toEqual([0.1, 1, 0, 0]);
  });
});

it("writes out about eight values", () => {
  expect(ticks([3, 1, 2])).toEqual([1, 2, 3]);
  expect(ticks(Array.from({ length: 25 }, (_, i) => i))).toEqual([0, 4, 8, 12, 16, 20, 24]);
});

it("shades cells from the least to the greatest", () => {
  expect([0.5, 0.75, 1, null].map((value) => shade(value, [0.5, 1, 0.75, null]))).toEqual([0, 0.5, 1, null]);
  expect(shade(0.5, [0.5, null])).toBe(1);
});

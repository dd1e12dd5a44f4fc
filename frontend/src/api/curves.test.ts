import { expect, it } from "vitest";
import { type FetchedCurves, unpackCurves } from "./curves";
import { METRICS } from "./events";
import { packedCurves } from "./fixture";
import type { Score } from "./types";

const figures = (epoch: number[], scores: (number | null)[], losses: (number | null)[]) => ({
  epoch,
  train_score: scores,
  test_score: scores,
  train_loss: losses,
  test_loss: losses,
});

const CURVES: FetchedCurves = {
  runs: [
    { arm: "baseline", seed: 1, figures: figures([1, 5, 9], [0.5, 0.75, 1], [2, 1, 0.5]) },
    { arm: "größte Norm ≤ 3", draw: 2, seed: 7, figures: figures([1, 4], [0.25, 0], [3, null]) },
  ],
  last_event_id: "7-1",
};

const listed = (score: Score) => {
  const { runs, last_event_id } = unpackCurves(packedCurves(CURVES, score));
  const of = (run: (typeof runs)[number]) =>
    METRICS.map((metric) =>
      Array.from(run.figures[metric], (figure) => (figure === null || Number.isNaN(figure) ? null : figure)),
    );
  return {
    runs: runs.map((run) => ({ ...run, figures: [[...Array.from(run.figures.epoch)], ...of(run)] })),
    last_event_id,
  };
};

it("unpacks what the lab has packed", () => {
  expect(listed("accuracy")).toEqual({
    runs: [
      {
        arm: "baseline",
        seed: 1,
        figures: [
          [1, 5, 9],
          [0.5, 0.75, 1],
          [0.5, 0.75, 1],
          [2, 1, 0.5],
          [2, 1, 0.5],
        ],
      },
      {
        arm: "größte Norm ≤ 3",
        draw: 2,
        seed: 7,
        figures: [
          [1, 4],
          [0.25, 0],
          [0.25, 0],
          [3, null],
          [3, null],
        ],
      },
    ],
    last_event_id: "7-1",
  });
});

it("leaves out an r² where there is no loss", () => {
  expect(listed("r2").runs[1]?.figures).toEqual([
    [1, 4],
    [0.25, null],
    [0.25, null],
    [3, null],
    [3, null],
  ]);
});

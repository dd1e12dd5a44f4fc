import { describe, expect, it } from "vitest";
import type { ExperimentView, RunView } from "../api/types";
import { armsOf } from "../state/arms";
import { stateFromView } from "../state/fold";
import { allDiverged, divergedText } from "./divergedText";
import { constraintStatus } from "./norms/constraintStatus";

const LOST = { min: null, mean: null, max: null };

/** A finished run; one that diverged has no figures. */
function finished(seed: number, diverged_at: number | null, norm = { min: 1, mean: 1.5, max: 2 }): RunView {
  const figure = diverged_at === null ? 0.5 : null;
  const norms = diverged_at === null ? { norm, held: true, reached: true } : { norm: LOST, held: null, reached: null };
  return {
    arm: "max norm",
    seed,
    status: "finished",
    epochs: 9,
    epochs_done: 9,
    train_r2: figure,
    test_r2: figure,
    train_loss: figure,
    test_loss: figure,
    seconds: 1,
    error: null,
    weights: [{ layer: "hidden", weight: "kernel", constraint: "max norm 2", axis: [0], ...norms }],
    metrics: { test: { r2: figure } },
    best_epoch: null,
    diverged_at,
  };
}

/** The arm of these runs. */
function armWith(...runs: RunView[]) {
  const view = { score: "r2", status: "finished", experiment: {}, arms: [{ name: "max norm", words: [] }], runs };
  const [arm] = armsOf(view as unknown as ExperimentView, stateFromView(view as unknown as ExperimentView), [], []);
  if (!arm) throw new Error("no arm");
  return arm;
}

const kernel = { layer: "hidden", weight: "kernel", limits: [null, 2] as [null, number] };

describe("an arm whose runs diverged", () => {
  it("says at which epoch", () => {
    expect(divergedText(armWith(finished(1, 3)))).toBe("diverged at epoch 3");
    expect(divergedText(armWith(finished(1, 3), finished(2, null), finished(3, 1200)))).toBe(
      "2 of 3 runs diverged at epochs 3 to 1,200",
    );
    expect(divergedText(armWith(finished(1, null)))).toBeNull();
  });

  it("has the figures and norms of the runs that did not", () => {
    const arm = armWith(finished(1, 3), finished(2, null), finished(3, null, { min: 0.5, mean: 1, max: 1 }));
    expect(arm.figures.test_score.mean).toBe(0.5);
    expect(arm.weights).toEqual([
      {
        layer: "hidden",
        weight: "kernel",
        constraint: "max norm 2",
        n: 2,
        min: 0.5,
        mean: 1.25,
        max: 2,
        held: true,
        reached: true,
      },
    ]);
    expect(constraintStatus(arm, kernel)?.text).toBe("held: largest norm 2.0000 ≤ 2, in all 2 runs");
  });

  it("promises nothing in any run where it promises nothing in one", () => {
    const free = finished(1, null);
    free.weights = (free.weights ?? []).map((weight) => ({ ...weight, held: null, reached: null }));
    const arm = armWith(free, finished(2, 3));
    expect(arm.weights[0]).toMatchObject({ n: 1, held: null });
    expect(constraintStatus(arm, kernel)?.text).toBe("not promised: norms 1.0000 to 2.0000");
  });

  it("has none where all did, and claims nothing of the constraint, whatever an earlier version wrote of it", () => {
    const early = finished(1, 3);
    early.weights = (early.weights ?? []).map((weight) => ({ ...weight, held: false, reached: true }));
    for (const arm of [armWith(finished(1, 3)), armWith(early)]) {
      expect(arm.weights[0]).toMatchObject({ n: 0, min: null, mean: null, max: null, held: null, reached: null });
      expect(constraintStatus(arm, kernel)).toBeNull();
    }
  });
});

describe("allDiverged", () => {
  const [lost, well] = [armWith(finished(1, 3), finished(2, 4)), armWith(finished(1, null), finished(2, 4))];

  it("is true only where no finished run of any arm has a score", () => {
    expect(allDiverged([lost, lost])).toBe(true);
    expect(allDiverged([lost, well])).toBe(false);
    expect(allDiverged([lost, armWith()])).toBe(false);
    expect(allDiverged([])).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import type { ArmState } from "../../state/arms";
import { chosenColumns, columnsOf, moved } from "./columns";

const one = { mean: 0.5, sd: null };
const weight = { layer: "hidden", weight: "kernel", constraint: "unit norm" };
const arm = (metrics: object, runs = 1) =>
  ({ metrics, runs: Array.from({ length: runs }), weights: [weight] }) as unknown as ArmState;
const classified = columnsOf([arm({ train: { f1: one }, test: { f1: one }, validation: {} }, 2)], "accuracy");
const ids = (columns: readonly { id: string }[]) => columns.map(({ id }) => id);

describe("columnsOf", () => {
  it("shows scores, gap, losses and norms unless others are chosen", () => {
    const usual = "train_accuracy test_accuracy gap validation_accuracy train_loss test_loss n norms.hidden.kernel";
    expect(classified.usual).toEqual(usual.split(" "));
    expect(ids(columnsOf([arm({ train: {}, test: {} })], "r2").all)).toEqual(
      "train_r2 test_r2 gap train_loss test_loss norms.hidden.kernel train_mae train_rmse test_mae test_rmse seconds".split(
        " ",
      ),
    );
  });

  it("offers each metric of each set once, those that earlier experiments lack too", () => {
    const all = ids(classified.all);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain("test_average_precision");
    expect(classified.all.find(({ id }) => id === "test_balanced_accuracy")?.title).toBe("Test balanced accuracy");
  });
});

describe("chosenColumns", () => {
  it("has the address's order, and leaves out what it doesn't know", () => {
    expect(ids(chosenColumns("test_f1,nonsense,gap,test_f1", classified))).toEqual(["test_f1", "gap"]);
    expect(ids(chosenColumns(null, classified))).toEqual(classified.usual);
    expect(chosenColumns("", classified)).toEqual([]);
  });
});

it("moves a column within the list alone", () => {
  expect(moved(["a", "b", "c"], "a", 1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], "c", -2)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b"], "a", -1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], "x", 1)).toEqual(["a", "b"]);
});

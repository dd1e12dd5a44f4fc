import { describe, expect, it } from "vitest";
import { catalog, draft } from "../experiment/fixture";
import { optimisticView } from "./optimisticView";
import { Setup } from "./store";

describe("optimisticView", () => {
  it("has every arm and run, in the service's order", () => {
    const view = optimisticView(new Setup(catalog, { ...draft, seeds: [4, 5] }), "accuracy");
    expect(view?.arms.map((arm) => [arm.name, arm.words])).toEqual([
      ["baseline", []],
      ["unit norm", ["hidden kernel: unit norm"]],
    ]);
    expect(view?.runs.map((run) => [run.arm, run.seed, run.epochs])).toEqual([
      ["baseline", 4, 4000],
      ["baseline", 5, 4000],
      ["unit norm", 4, 4000],
      ["unit norm", 5, 4000],
    ]);
  });

  it("names the score as the service does", () => {
    const view = optimisticView(new Setup(catalog, draft), "r2");
    for (const each of [...(view?.arms ?? []), ...(view?.runs ?? [])]) {
      expect(Object.keys(each)).toEqual(expect.arrayContaining(["train_r2", "test_r2", "train_loss", "test_loss"]));
      expect(each).not.toHaveProperty("test_accuracy");
    }
  });
});

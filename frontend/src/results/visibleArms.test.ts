import { describe, expect, it } from "vitest";
import type { ComparisonAnswer, ExperimentView, SweepAnswer } from "../api/types";
import type { ArmState } from "../state/arms";
import { visibleArms } from "./visibleArms";

describe("visibleArms", () => {
  const arms = ["base", "own", "max norm 0.1", "max norm 1", "a 1", "a 2"].map((name) => ({ name }) as ArmState);
  const listed = arms.map(({ name }) => ({
    name,
    point: name.startsWith("max") ? [1] : null,
    family: name.startsWith("a ") ? "a" : null,
  }));
  const view = { experiment: { arms: listed } } as unknown as ExperimentView;
  it("gives panels to one's own arms, and to those of many that were chosen", () => {
    const names = (sweep?: SweepAnswer, comparison?: Pick<ComparisonAnswer, "families">) =>
      visibleArms(arms, view, sweep, comparison).map((arm) => arm.name);
    expect(names()).toEqual(["base", "own"]);
    const comparison = { families: [{ chosen: "a 2" }] } as unknown as ComparisonAnswer;
    const sweep = { best: 1, pick: 0, points: [{ arm: "max norm 0.1" }, { arm: "max norm 1" }] } as SweepAnswer;
    expect(names(sweep, comparison)).toEqual(["base", "own", "max norm 0.1", "max norm 1", "a 2"]);
  });
});

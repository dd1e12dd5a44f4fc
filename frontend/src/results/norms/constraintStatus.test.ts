import { describe, expect, it } from "vitest";
import type { ArmState } from "../../state/arms";
import type { WeightNorms } from "../../state/norms";
import { constraintStatus } from "./constraintStatus";

const weight = {
  layer: "hidden",
  weight: "kernel",
  limits: [null, 3] as [null, number],
} satisfies Partial<WeightNorms>;

describe("a constraint", () => {
  it("held, or what was not", () => {
    const arm = (min: number, max: number, held: boolean | null, reached: boolean | null = true) =>
      ({
        weights: [
          { layer: "hidden", weight: "kernel", constraint: "max norm 3", n: 2, min, mean: 1, max, held, reached },
        ],
      }) as unknown as ArmState;
    expect(constraintStatus(arm(0, 3, true), weight)).toEqual({
      text: "held: largest norm 3.0000 ≤ 3, in all 2 runs",
      isSatisfied: true,
    });
    expect(constraintStatus(arm(0, 1, true, false), weight)?.text).toContain("the limit was not reached");
    expect(constraintStatus(arm(1, 1, true), { ...weight, limits: [1, 1] })?.text).toContain(
      "norms 1.0000 to 1.0000 = 1",
    );
    expect(constraintStatus(arm(0, 3.2, false), weight)).toEqual({
      text: "not held: norms 0.0000 to 3.2000, allowed: max norm 3",
      isSatisfied: false,
    });
    expect(constraintStatus(arm(0, 1, true), { ...weight, layer: "output" })).toBeNull();
    expect(constraintStatus(arm(0, 16, null, null), weight)).toEqual({
      text: "not promised: norms 0.0000 to 16.0000",
      isSatisfied: null,
    });
  });
});

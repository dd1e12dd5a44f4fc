import { describe, expect, it } from "vitest";
import { heldWords } from "../results/norms/constraintStatus";
import { reachOf } from "../results/verdict/DifferenceBar";
import type { ArmState } from "./arms";
import type { WeightNorms } from "./norms";

const weight = {
  layer: "hidden",
  weight: "kernel",
  limits: [null, 3] as [null, number],
} satisfies Partial<WeightNorms>;

describe("a constraint", () => {
  it("held, or what broke", () => {
    const arm = (min: number, max: number, held: boolean, reached: boolean | null = true) =>
      ({
        weights: [
          { layer: "hidden", weight: "kernel", constraint: "max norm 3", n: 2, min, mean: 1, max, held, reached },
        ],
      }) as unknown as ArmState;
    expect(heldWords(arm(0, 3, true), weight)).toEqual({
      words: "held: largest norm 3.0000 ≤ 3, in all 2 runs",
      broke: false,
    });
    expect(heldWords(arm(0, 1, true, false), weight)?.words).toContain("the limit was not reached");
    expect(heldWords(arm(1, 1, true), { ...weight, limits: [1, 1] })?.words).toContain("norms 1.0000 to 1.0000 = 1");
    expect(heldWords(arm(0, 3.2, false), weight)).toEqual({
      words: "broke: norms 0.0000 to 3.2000, where max norm 3 was asked for",
      broke: true,
    });
    expect(heldWords(arm(0, 1, true), { ...weight, layer: "output" })).toBeNull();
  });
});

describe("the verdict's bars", () => {
  const difference = { p: null, p_holm: null, effect: null, n: 5, kind: "seeds", rows: 70 } as const;
  it("share a scale with room for every interval", () => {
    const test = { ...difference, mean: 0.01, low: -0.013, high: 0.03 };
    const fresh = { ...difference, mean: -0.02, low: -0.041, high: 0.01 };
    expect(reachOf([{ test, fresh: null }])).toBeCloseTo(0.03, 9);
    expect(reachOf([{ test, fresh }])).toBeCloseTo(0.05, 9);
    expect(reachOf([{ test: null, fresh: null }])).toBe(0.01);
  });
});

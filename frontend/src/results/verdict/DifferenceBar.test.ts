import { describe, expect, it } from "vitest";
import { differenceExtent } from "./DifferenceBar";

describe("the verdict's bars", () => {
  const difference = {
    p: null,
    p_holm: null,
    p_sign: null,
    effect: null,
    n: 5,
    kind: "seeds",
    test: "signed ranks (Wilcoxon)",
    rows: 70,
    rows_error: null,
  } as const;
  it("share a scale with room for every interval", () => {
    const test = { ...difference, mean: 0.01, low: -0.013, high: 0.03 };
    const fresh = { ...difference, mean: -0.02, low: -0.041, high: 0.01 };
    expect(differenceExtent([{ test, fresh: null }])).toBeCloseTo(0.03, 9);
    expect(differenceExtent([{ test, fresh }])).toBeCloseTo(0.05, 9);
    expect(differenceExtent([{ test: null, fresh: null }])).toBe(0.01);
  });
});

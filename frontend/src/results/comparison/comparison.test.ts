import { expect, it } from "vitest";
import { comparisonExtent, fewText } from "./comparison";

it("draws differences as wide as the widest interval", () => {
  const difference = { mean: 0.1, low: -0.3, high: 0.2, p_holm: 0.5, n: 3 };
  expect(comparisonExtent([{ difference }, { difference: null }])).toBe(0.3);
  expect(comparisonExtent([])).toBe(0.01);
});

it("tells how many seeds a claim lacks", () => {
  expect(fewText({ needed: 9, has: 8 }, "seed")).toBe("A claim needs at least 9 seeds; 8 have finished.");
  expect(fewText({ needed: 5, has: 1 }, "fold")).toBe("A claim needs at least 5 folds; 1 has finished.");
  expect(fewText({ needed: 9, has: 0 }, "seed")).toBe("A claim needs at least 9 seeds; none has finished.");
  expect(fewText({ needed: 9, has: 9 }, "seed")).toBeNull();
});

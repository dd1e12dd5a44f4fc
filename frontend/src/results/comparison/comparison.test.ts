import { expect, it } from "vitest";
import { comparisonExtent } from "./comparison";

it("draws differences as wide as the widest interval", () => {
  const difference = { mean: 0.1, low: -0.3, high: 0.2, p_holm: 0.5, n: 3 };
  expect(comparisonExtent([{ difference }, { difference: null }])).toBe(0.3);
  expect(comparisonExtent([])).toBe(0.01);
});

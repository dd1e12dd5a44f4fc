import { expect, it } from "vitest";
import { comparisonExtent, fewText, majorityLine, rangeEndTexts } from "./comparison";

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

it("tells of a pick at the end of its range", () => {
  const families = [
    { chosen: "max norm 4", range_end: "largest" as const },
    { chosen: "L2 0.01", range_end: null },
    { chosen: "dropout 0.1", range_end: "smallest" as const },
    { chosen: null, range_end: null },
  ];
  expect(rangeEndTexts(families)).toEqual([
    "max norm 4 has the largest value that was tried of its method: try larger values too.",
    "dropout 0.1 has the smallest value that was tried of its method: try smaller values too.",
  ]);
});

it("tells how often the most frequent class alone is right, of sealed rows only once they are revealed", () => {
  const majority = { name: "benign", validation: 0.62, sealed: null };
  expect(majorityLine({ majority })).toBe("Always saying “benign” is right on 62.0 % of the validation rows.");
  expect(majorityLine({ majority: { ...majority, sealed: 0.6349 } })).toBe(
    "Always saying “benign” is right on 62.0 % of the validation rows and 63.5 % of the sealed rows.",
  );
  expect(majorityLine({ majority: { ...majority, validation: null } })).toBeNull();
  expect(majorityLine({ majority: null })).toBeNull();
});

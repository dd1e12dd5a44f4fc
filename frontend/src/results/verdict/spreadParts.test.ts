import { expect, test } from "vitest";
import { spreadParts } from "./spreadParts";

const points = (value: number) => (100 * value).toFixed(2);

test("each known source of spread is named, in the score's unit", () => {
  expect(spreadParts({ draws: 0.0074, seeds: 0.0029, rows: null }, points)).toBe(
    "±0.74 between draws of the training rows, ±0.29 between seeds",
  );
  expect(spreadParts({ draws: 0.0074, seeds: null, rows: null }, points, "fold")).toBe("±0.74 between folds");
  expect(spreadParts({ draws: null, seeds: null, rows: 0.01 }, points)).toBe("±1.00 by the choice of rows");
});

test("nothing is said where nothing is known", () => {
  expect(spreadParts(null, points)).toBeNull();
  expect(spreadParts({ draws: null, seeds: null, rows: null }, points)).toBeNull();
});

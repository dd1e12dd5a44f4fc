import { expect, it } from "vitest";
import { huesOf } from "./arms";

it("gives each arm a colour of its own", () => {
  expect(huesOf([{}, {}, { family: null }])).toEqual([0, 1, 2]);
  expect(huesOf([])).toEqual([]);
  expect(huesOf([{}, {}, {}, {}], 2)).toEqual([0, 1, 2, 2.5]);
});

it("gives the trials of a method shades of one hue, and each method a hue of its own", () => {
  const families = [null, "max norm", "max norm", "L2", null, "L2", "dropout", "max norm"];
  expect(huesOf(families.map((family) => ({ family })))).toEqual([0, 1, 1 + 1 / 3, 2, 3, 2.5, 4, 1 + 2 / 3]);
});

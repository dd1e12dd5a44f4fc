import { expect, it } from "vitest";
import { huesOf } from "./arms";

it("gives each arm a colour of its own", () => {
  expect(huesOf([{}, {}, { family: null }])).toEqual([0, 1, 2]);
  expect(huesOf([])).toEqual([]);
});

it("gives the trials of a method one colour, and each method another", () => {
  const families = [null, "max norm", "max norm", "L2", null, "L2", "dropout", "max norm"];
  expect(huesOf(families.map((family) => ({ family })))).toEqual([0, 1, 1, 2, 3, 2, 4, 1]);
});

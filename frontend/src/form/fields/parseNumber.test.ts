import { describe, expect, it } from "vitest";
import { parseNumber, parseNumbers } from "./parseNumber";

describe("what is typed", () => {
  it.each([
    ["1e-3", 0.001],
    ["0,5", 0.5],
    ["", ""],
    ["x", "x"],
  ])("%j is %j as a number", (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each([
    ["3", true, 3],
    ["3, 3", true, [3, 3]],
    ["3×2", true, [3, 2]],
    ["3 x 2", true, [3, 2]],
    ["7", false, [7]],
    ["", true, ""],
    ["3, a", true, [3, "a"]],
  ])("%j, one alone: %j, is %j as numbers in a row", (text, single, value) => {
    expect(parseNumbers(text, single)).toEqual(value);
  });
});

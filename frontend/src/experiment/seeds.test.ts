import { describe, expect, it } from "vitest";
import { seedsOf, seedText } from "./seeds";

describe("seeds", () => {
  it.each([
    ["1-3, 7", [1, 2, 3, 7], "1-3, 7"],
    ["5", [5], "5"],
    ["1, 2", [1, 2], "1, 2"],
    ["two", ["two"], "two"],
    ["1,000", [1, "000"], "1, 000"],
    ["3-1", ["3-1"], "3-1"],
  ])("reads %s", (text, seeds, written) => {
    expect(seedsOf(text)).toEqual(seeds);
    expect(seedText(seeds)).toBe(written);
  });
});

import { describe, expect, it } from "vitest";
import { seedsOf, seedWords } from "./seeds";

describe("seeds", () => {
  it.each([
    ["1-3, 7", [1, 2, 3, 7], "1-3, 7"],
    ["5", [5], "5"],
    ["1, 2", [1, 2], "1, 2"],
    ["two", ["two"], "two"],
    ["3-1", ["3-1"], "3-1"],
  ])("reads %s", (text, seeds, words) => {
    expect(seedsOf(text)).toEqual(seeds);
    expect(seedWords(seeds)).toBe(words);
  });
});

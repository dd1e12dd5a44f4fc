import { describe, expect, it } from "vitest";
import { commaProblem, parseNumber, parseNumbers } from "./parseNumber";

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
    ["4,000", true, 4000],
    ["1,250,000", true, 1_250_000],
    ["0,500", true, 0.5],
    ["4,5", true, 4.5],
    ["1,000", false, "1,000"],
    ["-2,500", false, "-2,500"],
    ["1,000,000", false, 1_000_000],
    ["1,000.5", false, 1000.5],
    ["0,001", false, 0.001],
    ["0,01", false, 0.01],
    ["1,0000", false, 1],
  ])("%j, a whole number: %j, is read as %j with its comma", (text, integer, value) => {
    expect(parseNumber(text, integer)).toBe(value);
  });

  it("says how to write a comma of two meanings", () => {
    expect(commaProblem("1,000")).toBe("Write 1000 or 1.0: a comma can mean both");
    expect(commaProblem("1,250")).toBe("Write 1250 or 1.25: a comma can mean both");
    expect(commaProblem("128,256", true)).toBe("Write 128256 or 128, 256: a comma can mean both");
    for (const clear of ["0,01", "a lot", "", 1000, null, undefined]) expect(commaProblem(clear)).toBeNull();
  });

  it.each([
    ["3", true, 3],
    ["3, 3", true, [3, 3]],
    ["3×2", true, [3, 2]],
    ["3 x 2", true, [3, 2]],
    ["7", false, [7]],
    ["", true, ""],
    ["3, a", true, [3, "a"]],
    ["3,2", true, [3, 2]],
    ["1000,2000", false, [1000, 2000]],
    ["128, 256", false, [128, 256]],
    ["1,000", true, "1,000"],
    ["1,000, 4,000", false, ["1,000", "4,000"]],
  ])("%j, one alone: %j, is %j as numbers in a row", (text, single, value) => {
    expect(parseNumbers(text, single)).toEqual(value);
  });
});

import { describe, expect, it, test } from "vitest";
import type { Predictions } from "../../api/types";
import { bytesOf, cellText, filters, pageText, predictionText, probabilityText, summaryText } from "./rows";

const FOUND: Predictions = {
  arm: "a",
  draw: null,
  seed: 1,
  task: "binary",
  classes: ["no", "yes"],
  target: null,
  target_names: [],
  columns: [],
  more_columns: 0,
  picture: null,
  set_rows: 70,
  kept_rows: 70,
  right: 58,
  total: 12,
  rows: [],
  next_cursor: null,
};

describe("filters", () => {
  it("compare with the baseline only another arm, and errors in regression", () => {
    expect(filters(false, true).map(({ value }) => value)).toEqual(["wrong", "all"]);
    expect(filters(false, false).map(({ value }) => value)).toEqual(["wrong", "all", "worse", "better"]);
    expect(filters(true, false).map(({ label }) => label)).toEqual([
      "All rows, largest error first",
      "Error larger than the baseline's",
      "Error smaller than the baseline's",
    ]);
  });
});

describe("texts", () => {
  it("say how many rows are listed", () => {
    expect(summaryText(FOUND, "wrong", "test")).toBe("12 of 70 test rows are wrong, the surest mistake first.");
    expect(summaryText({ ...FOUND, total: 1 }, "better", "holdout")).toBe(
      "1 of 70 sealed rows is right here and wrong in the baseline.",
    );
    expect(summaryText({ ...FOUND, set_rows: 5000 }, "all", "test")).toBe(
      "70 test rows (the first of 5,000): 58 right, the others first.",
    );
    expect(summaryText({ ...FOUND, task: "labels", total: 4 }, "wrong", "test")).toMatch(
      /^4 of .* are wrong in a label, the one with most mistakes first\.$/,
    );
    expect(summaryText({ ...FOUND, task: "regression" }, "worse", "test")).toBe(
      "On 12 of 70 test rows the error is larger than the baseline's.",
    );
    expect(pageText(50, 20, 70)).toBe("Rows 51 to 70 of 70");
    expect(pageText(0, 0, 0)).toBe("0 rows");
  });

  it("show values as they are, and outputs in the digits that they bear", () => {
    expect([cellText(null), cellText(3), cellText("<b>")]).toEqual(["", "3", "<b>"]);
    expect([predictionText(null), predictionText(4.123456789), predictionText("yes")]).toEqual([
      "not finite",
      "4.12346",
      "yes",
    ]);
    expect([probabilityText(null), probabilityText(0.5), probabilityText(0.99999), probabilityText(1)]).toEqual([
      "–",
      "0.500",
      "> 0.999",
      "1.000",
    ]);
    expect([...bytesOf("AP8=")]).toEqual([0, 255]);
  });
});

test("a cell has no digits that nobody wrote", () => {
  expect([10.1 / 100, 0.3, 1e21, 123456789.125].map(cellText)).toEqual(["0.101", "0.3", "1e+21", "123456789.125"]);
});

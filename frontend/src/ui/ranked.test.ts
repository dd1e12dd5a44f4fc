import { expect, it } from "vitest";
import { ranked } from "./ranked";

const choices = ["Run", "Weights", "Norms", "Run again"].map((label) => ({ value: label, label, group: "views" }));

it("ranked puts the exact name first, then names, then what only mentions it", () => {
  expect(ranked(choices, "run").map((each) => each.label)).toEqual(["Run", "Run again"]);
  expect(
    ranked([{ value: "x", label: "Curves", summary: "weights" }, ...choices], "weights").map((each) => each.label),
  ).toEqual(["Weights", "Curves"]);
  expect(ranked(choices, "view nothing")).toEqual([]);
  expect(ranked(choices, " ")).toBe(choices);
});

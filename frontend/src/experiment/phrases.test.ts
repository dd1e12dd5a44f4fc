import { describe, expect, it } from "vitest";
import type { CatalogEntry } from "../api/catalog";
import { catalog, draft } from "./fixture";
import { constraintText, layerText, methodName, outputText, plain, spoken } from "./phrases";

describe("constraintText", () => {
  it.each([
    [null, "no constraint"],
    [{ kind: "unit_norm", axis: null }, "unit norm"],
    [{ kind: "max_norm", max_value: 3, axis: null }, "max norm 3"],
    [{ kind: "max_norm", max_value: null, axis: null }, "max norm"],
    [{ kind: "min_max_norm", min_value: 0, max_value: 1, rate: 1 }, "min-max norm 0 to 1"],
    [{ kind: "min_max_norm", min_value: 0, max_value: 1, rate: 0.5 }, "min-max norm 0 to 1, rate 0.5"],
    [{ kind: "chain", constraints: [{ kind: "non_neg" }, { kind: "unit_norm" }] }, "non-negative, then unit norm"],
  ])("says %j as %s", (value, text) => {
    expect(constraintText(value, catalog)).toBe(text);
  });
});

it.each([
  [{}, "500 units, relu"],
  [{ units: 1, activation: "tanh", use_bias: false }, "1 unit, tanh, no bias"],
])("describes a layer with %j by its main fields and those that differ from their defaults", (fields, text) => {
  const entry = catalog.layers.find(({ kind }) => kind === "dense") as CatalogEntry;
  expect(layerText({ ...draft.network.layers[0], ...fields }, entry, catalog)).toBe(text);
});

it("calls a method what its arms are called before their figures", () => {
  expect(["max norm 0.5", "L2 0.01", "L2", "min-max norm 1 to 1", "±1"].map(methodName)).toEqual([
    "max norm",
    "L2",
    "L2",
    "min-max norm",
    "±1",
  ]);
});

it("are spoken with a minus sign and thousands apart", () => {
  expect(spoken(-0.1)).toBe("−0.1");
  expect(spoken(100_000)).toBe("100,000");
  expect(spoken([3, -3])).toBe("3, −3");
  expect(spoken(0.001)).toBe("0.001");
  expect(plain(-100_000)).toBe("-100000");
  expect(methodName("box −0.1 to 0.1")).toBe("box");
});

it("tells the output layer by the task", () => {
  expect(outputText({ task: "labels", classes: 0, target_names: ["a", "b", "c"] })).toBe(
    "3 sigmoid units, one a label",
  );
  expect(outputText({ task: "targets", classes: 0, target_names: ["a", "b"] })).toBe("2 linear units, one a target");
  expect(outputText({ task: "regression", classes: 0 })).toBe("1 linear unit, for a number");
  expect(outputText({ task: "binary", classes: 2, target_names: [] })).toBe("1 sigmoid unit, for two classes");
});

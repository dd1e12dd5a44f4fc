import { describe, expect, it } from "vitest";
import type { Json } from "../api/catalog";
import type { Location } from "../api/problem";
import { changesOf } from "../experiment/changes";
import { type Draft, NO_CHANGES, setIn } from "../experiment/draft";
import { catalog, draft } from "../experiment/fixture";
import { check, fieldProblems } from "./check";

const at = (location: Location, value: Json): Draft => setIn(draft, location, value);

describe("check", () => {
  it("finds nothing wrong with a good draft", () => {
    expect(check(draft, catalog)).toEqual([]);
  });

  const hidden = ["network", "layers", 0];
  const ofArm = ["arms", 1, "changes", "layers", "hidden", "kernel_constraint"];
  it.each<[string, Location, Json, Location, string]>([
    ["a value below its minimum", ["dataset", "noise"], -1, ["dataset", "noise"], "Must be at least 0"],
    ["text for a number", ["dataset", "noise"], "a lot", ["dataset", "noise"], "Must be a number"],
    ["an emptied field", ["training", "epochs"], "", ["training", "epochs"], "Must be a whole number"],
    ["part of an epoch", ["training", "epochs"], 1.5, ["training", "epochs"], "Must be a whole number"],
    ["no epochs", ["training", "epochs"], 0, ["training", "epochs"], "Must be at least 1"],
    [
      "an excluded limit",
      ["training", "optimizer", "learning_rate"],
      0,
      ["training", "optimizer", "learning_rate"],
      "Must be greater than 0",
    ],
    [
      "an impossible share",
      ["split", "train"],
      0,
      ["split", "train"],
      "Give a number of rows (1 or more) or a share between 0 and 1",
    ],
    [
      "a bad layer name",
      [...hidden, "name"],
      "1st",
      [...hidden, "name"],
      "Start with a letter; use up to 40 letters, digits and underscores",
    ],
    [
      "a taken layer name",
      [...hidden, "name"],
      "output",
      [...hidden, "name"],
      "The name output is taken; choose another",
    ],
    [
      "a limit inside an arm",
      ofArm,
      { kind: "max_norm", max_value: -1, axis: null },
      [...ofArm, "max_value"],
      "Must be at least 0",
    ],
    [
      "an axis that is no number",
      ofArm,
      { kind: "unit_norm", axis: "x" },
      [...ofArm, "axis"],
      "Give whole numbers, as in 0 or 0, 1",
    ],
    [
      "two arms of one name",
      ["arms", 1, "name"],
      "Baseline ",
      ["arms", 1, "name"],
      "Another arm has this name; choose another",
    ],
    [
      "an optional number that is none",
      ["training", "optimizer", "weight_decay"],
      -1,
      ["training", "optimizer", "weight_decay"],
      "Must be at least 0",
    ],
    [
      "a number within what may be left out",
      ["training", "early_stopping"],
      { watch: "validation", patience: -1 },
      ["training", "early_stopping", "patience"],
      "Must be at least 0",
    ],
    [
      "a constraint within a chain",
      [...hidden, "kernel_constraint"],
      { kind: "chain", constraints: [{ kind: "non_neg" }, { kind: "max_norm", max_value: -1, axis: null }] },
      [...hidden, "kernel_constraint", "constraints", 1, "max_value"],
      "Must be at least 0",
    ],
    [
      "a chain of one",
      [...hidden, "kernel_constraint"],
      { kind: "chain", constraints: [{ kind: "non_neg" }] },
      [...hidden, "kernel_constraint", "constraints"],
      "Give at least 2",
    ],
    [
      "too many numbers",
      ["network", "layers"],
      [{ kind: "conv2d", name: "hidden", kernel_size: [3, 3, 3] }],
      [...hidden, "kernel_size"],
      "Give one number or 2 numbers",
    ],
    [
      "a layer that comes later",
      ["network", "layers"],
      [
        { kind: "add", name: "hidden", layer: "after" },
        { kind: "add", name: "after", layer: "" },
      ],
      [...hidden, "layer"],
      "after is not before this layer; choose an earlier one",
    ],
    [
      "a comma of two meanings",
      ["training", "optimizer", "learning_rate"],
      "1,000",
      ["training", "optimizer", "learning_rate"],
      "Write 1000 or 1.0: a comma can mean both",
    ],
    [
      "such a comma in a share",
      ["split", "train"],
      "1,000",
      ["split", "train"],
      "Write 1000 or 1.0: a comma can mean both",
    ],
    [
      "such a comma in a kernel's size",
      ["network", "layers"],
      [{ kind: "conv2d", name: "hidden", kernel_size: "1,000" }],
      [...hidden, "kernel_size"],
      "Write 1000 or 1, 000: a comma can mean both",
    ],
    [
      "such a comma in a sweep's range",
      ["sweep"],
      { axes: [{ path: ["training", "epochs"], values: null, start: "1,000", stop: 4000, steps: 5, scale: "log" }] },
      ["sweep", "axes", 0, "start"],
      "Write 1000 or 1.0: a comma can mean both",
    ],
    [
      "such a comma in a sweep's list",
      ["sweep"],
      { axes: [{ path: ["training", "epochs"], values: [10, "1,000"], scale: "log" }] },
      ["sweep", "axes", 0, "values", 1],
      "Write 1000 or 1, 000: a comma can mean both",
    ],
    ["a seed twice", ["seeds"], [1, 1], ["seeds", 1], "Seed 1 is listed twice; remove one"],
    ["no seed", ["seeds"], [], ["seeds"], "Give at least one seed"],
  ])("says what is wrong with %s, where it stands", (_, location, value, place, message) => {
    expect(check(at(location, value), catalog)).toContainEqual({ location: place, message });
  });

  it("describes the format that a text must have", () => {
    const url = {
      type: "text",
      name: "url",
      title: "Address",
      phrase: "address",
      default: "",
      nullable: false,
    } as const;
    const spec = { ...url, pattern: "^https?://", minLength: 0, maxLength: 400 };
    const message = (description: string) => fieldProblems({ ...spec, description }, "lab", [], catalog)[0]?.message;
    expect(message("an address")).toBe("Invalid format: an address");
    expect(message("")).toBe("Invalid format: must match ^https?://");
    expect(fieldProblems({ ...spec, description: "" }, "https://lab", [], catalog)).toEqual([]);
  });

  it("says which arms change a layer that is gone", () => {
    const gone = at(["network", "layers"], []);
    expect(changesOf(gone.arms[1]?.changes ?? NO_CHANGES, [])[0]?.label).toBe("hidden kernel");
    expect(check(gone, catalog)).toEqual([
      { location: ofArm, message: "Layer hidden no longer exists; remove this change" },
    ]);
  });
});

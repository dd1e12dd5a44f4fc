import { describe, expect, it } from "vitest";
import { ApiError, type Location } from "../api/problem";
import { type Draft, setIn } from "./draft";
import { catalog, draft } from "./fixture";
import { errorText, firstText, labelledTexts, labelOf } from "./labels";

const ofArm = ["arms", 1, "changes", "layers", "hidden", "kernel_constraint"];
const swept: Draft = {
  ...setIn(draft, ofArm, { kind: "chain", constraints: [{ kind: "non_neg" }, { kind: "max_norm", max_value: -1 }] }),
  sweep: {
    axes: [
      {
        path: ["layers", "hidden", "kernel_constraint", "max_value"],
        values: null,
        start: 1,
        stop: 2,
        steps: 3,
        scale: "log",
      },
    ],
    changes: {
      layers: { hidden: { kernel_constraint: { kind: "max_norm", max_value: 2 } } },
      output: {},
      training: {},
    },
  },
};

describe("labels", () => {
  it.each<[Location, string]>([
    [["dataset", "noise"], "Noise"],
    [["split", "train"], "Training rows"],
    [["name"], "Experiment"],
    [["seeds", 3], "Training seeds"],
    [["training", "epochs"], "Epochs"],
    [["training", "optimizer", "learning_rate"], "Learning rate"],
    [["training", "early_stopping", "patience"], "Early stopping patience"],
    [["network", "layers"], "Network"],
    [["network", "layers", 0], "hidden"],
    [["network", "layers", 0, "units"], "hidden units"],
    [["network", "layers", 0, "name"], "hidden name"],
    [["network", "layers", 0, "kernel_constraint"], "hidden kernel constraint"],
    [["network", "output", "bias_constraint"], "output bias constraint"],
    [["arms", 0, "name"], "baseline, name"],
    [["arms", 1], "unit norm"],
    [[...ofArm, "constraints", 1, "max_value"], "unit norm, hidden kernel max norm limit"],
    [["sweep"], "Sweep"],
    [["sweep", "axes", 0, "start"], "Sweep, hidden kernel limit, from"],
    [["sweep", "axes", 0, "values", 2], "Sweep, hidden kernel limit, values"],
    [[], ""],
  ])("%j is %s", (location, label) => {
    expect(labelOf(location, swept, catalog)).toBe(label);
  });

  it("never are paths", () => {
    expect(labelOf(["split", "unknown"], draft, catalog)).toBe("Split");
    expect(labelOf(["arms", 1, "changes", "layers", "gone", "units"], draft, catalog)).toBe("unit norm, gone");
  });
});

describe("findings", () => {
  const at = (location: Location, message: string) => ({ location, message });

  it("name their fields", () => {
    const found = [at(["dataset", "noise"], "Must be at least 0"), at(["seeds", 0], "L2 penalises the norm")];
    expect(labelledTexts(found, draft, catalog)).toEqual([
      "Noise: must be at least 0",
      "Training seeds: L2 penalises the norm",
    ]);
  });

  it("are told once, with all that they are about", () => {
    const message = "Every arm has this";
    expect(labelledTexts([at(["arms", 0], message), at(["arms", 1], message)], draft, catalog)).toEqual([
      "baseline; unit norm: every arm has this",
    ]);
    const five = [1, 2, 3, 4, 5].map((nth) => at(["arms", nth + 1], message));
    expect(labelledTexts(five, draft, catalog)).toEqual(["arm 3; arm 4; 3 more: every arm has this"]);
  });

  it("keep their first sentence whole", () => {
    const warning = "hidden kernel limit: norms begin at about 0.063; a limit of 2 is 32 times that. Raise it";
    expect(firstText([warning])).toBe("hidden kernel limit: norms begin at about 0.063; a limit of 2 is 32 times that");
    expect(firstText([warning, "another", "a third"])).toMatch(/32 times that\. 2 more$/);
    expect(firstText([])).toBe("");
  });

  it("of a refused call have no paths", () => {
    const problems = [at(["split", "train"], "This leaves no test rows")];
    const refused = new ApiError("split → train: This leaves no test rows", 422, problems);
    expect(errorText(refused, draft, catalog)).toBe("Training rows: this leaves no test rows");
    expect(errorText(new ApiError("The lab does not answer.", 0), draft, catalog)).toBe("The lab does not answer.");
    expect(errorText(null, draft, catalog)).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import type { Json } from "../api/catalog";
import { armName, changesOf, partsOf } from "./changes";
import { freeName, NO_CHANGES } from "./draft";
import { catalog, draft } from "./fixture";

describe("changes of arms", () => {
  const parts = partsOf(draft, catalog);

  it("list their changes in words", () => {
    const changes = changesOf(draft.arms[1]?.changes ?? NO_CHANGES, parts);
    expect(changes.map((change) => change.label)).toEqual(["hidden kernel"]);
  });

  it("are named by what they change", () => {
    const both = {
      layers: { hidden: { kernel_constraint: { kind: "max_norm", max_value: 3 }, units: 50 } },
      output: { kernel_constraint: { kind: "unit_norm" } },
      training: { epochs: 10 },
    };
    expect(armName(both, draft, catalog)).toBe("max norm 3, hidden units 50, output kernel: unit norm, epoch");
    expect(armName(NO_CHANGES, draft, catalog)).toBe("no changes");
    const training = (fields: Record<string, Json>) => armName({ ...NO_CHANGES, training: fields }, draft, catalog);
    expect(training({ optimizer: { kind: "adam", learning_rate: 0.01, weight_decay: null } })).toBe(
      "learning rate 0.01",
    );
    expect(training({ early_stopping: { watch: "test", patience: 50 } })).toBe(
      "early stopping, watch test, patience 50",
    );
    const penalty = { kernel_regularizer: { kind: "l2", l2: 0.001 } };
    expect(armName({ ...NO_CHANGES, layers: { hidden: penalty } }, draft, catalog)).toBe("L2 0.001");
    expect(freeName("Unit norm", ["unit norm", "unit norm 2"])).toBe("Unit norm 3");
  });
});

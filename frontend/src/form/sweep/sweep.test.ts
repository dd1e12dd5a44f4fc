import { describe, expect, it } from "vitest";
import type { Fields } from "../../api/catalog";
import type { CheckView } from "../../api/types";
import { type Draft, NO_CHANGES, type SweepDraft } from "../../experiment/draft";
import { draftOf, otherChanges } from "../../experiment/draftOf";
import { catalog, draft } from "../../experiment/fixture";
import { renameLayer } from "../edits";
import { optimisticView } from "../optimisticView";
import { Setup } from "../store";
import { axisFor, isVariedUnder, type Variable, variableOf, variablesOf, withAxis, withoutAxis } from "./sweep";
import { sweepArms } from "./sweepArms";

const found = (label: string, of: Draft = draft): Variable => {
  const one = variablesOf(of, catalog).find((each) => each.label === label);
  if (!one) throw new Error(`${label} can't be varied`);
  return one;
};

describe("isVariedUnder", () => {
  const sweep = withAxis(withAxis(null, found("Max norm")), found("Learning rate"));
  it.each([
    ["sweep/changes/layers/hidden/kernel_constraint/max_value", true],
    ["sweep/changes/layers/hidden/kernel_constraint", true],
    ["sweep/changes/training/optimizer", true],
    ["sweep/changes/layers/hidden/kernel_constraint/axis", false],
    ["sweep/changes/layers/hidden/kernel", false],
    ["arms/1/changes/layers/hidden/kernel_constraint/max_value", false],
    ["sweep/axes/0/start", false],
  ])("tells of %s: %s", (place, varied) => {
    expect(isVariedUnder(place.split("/"), sweep)).toBe(varied);
    expect(isVariedUnder(place.split("/"), null)).toBe(false);
  });
});

describe("variablesOf", () => {
  it("offers numbers of constraints, layers and training, with what they need", () => {
    expect(found("Max norm")).toMatchObject({
      path: ["layers", "hidden", "kernel_constraint", "max_value"],
      group: "hidden kernel",
      changes: { layers: { hidden: { kernel_constraint: { kind: "max_norm" } } } },
    });
    expect(found("Units")).toMatchObject({ path: ["layers", "hidden", "units"], changes: NO_CHANGES });
    expect(found("Learning rate")).toMatchObject({ path: ["training", "optimizer", "learning_rate"] });
    expect(found("Min-max norm: upper limit").path.at(-1)).toBe("max_value");
  });

  it("needs nothing where the base has the constraint already", () => {
    const layer = draft.network.layers[0] as Fields;
    const limited = {
      ...draft,
      network: {
        ...draft.network,
        layers: [{ ...layer, kernel_constraint: { kind: "max_norm", max_value: 1, axis: null } } as never],
      },
    };
    expect(found("Max norm", limited).changes).toBe(NO_CHANGES);
  });
});

describe("axisFor", () => {
  it("begins within the number's limits", () => {
    expect(axisFor(found("Max norm"))).toMatchObject({ start: 0.25, stop: 8, steps: 9, scale: "log", values: null });
    const rate = {
      ...found("Units"),
      spec: { ...found("Units").spec, name: "rate", integer: false, min: 0, below: 1 },
    };
    const { max: _, ...spec } = { ...rate.spec, default: 0.5, log: false };
    expect(axisFor({ ...rate, spec })).toMatchObject({ start: 0, stop: 0.8, scale: "linear" });
  });
});

describe("axes", () => {
  const one = withAxis(null, found("Max norm"));
  const two = withAxis(one, found("Learning rate"));
  it("come and go with the changes that they need", () => {
    expect(two.axes.map((axis) => axis.path.at(-1))).toEqual(["max_value", "learning_rate"]);
    expect(two.changes.layers.hidden).toHaveProperty("kernel_constraint");
    expect(withoutAxis(two, 0)?.changes.layers.hidden).not.toHaveProperty("kernel_constraint");
    expect(withoutAxis(two, 1)?.changes).toEqual(one.changes);
    expect(withoutAxis(one, 0)).toBeNull();
  });

  it("are known by what the sweep's constraint is, not only by where they stand", () => {
    const upper = withAxis(null, found("Min-max norm: upper limit"));
    const [axis] = upper.axes as [SweepDraft["axes"][number]];
    expect(axis.path).toEqual(one.axes[0]?.path);
    expect(variableOf(axis, upper, draft, catalog)?.label).toBe("Min-max norm: upper limit");
    expect(variableOf(one.axes[0] as typeof axis, one, draft, catalog)?.label).toBe("Max norm");
    expect(variableOf({ ...axis, path: ["layers", "gone", "units"] }, one, draft, catalog)).toBeNull();
  });

  it("follow a layer's new name", () => {
    const renamed = renameLayer({ ...draft, sweep: two }, 0, "wide", catalog);
    expect(renamed.sweep?.axes[0]?.path.slice(0, 2)).toEqual(["layers", "wide"]);
    expect(Object.keys(renamed.sweep?.changes.layers ?? {})).toEqual(["wide"]);
  });
});

const given = {
  ...draft,
  sweep: withAxis(null, found("Max norm")),
  arms: [...draft.arms, { name: "max norm 1", point: [1], changes: { ...NO_CHANGES, training: { epochs: 7 } } }],
};

describe("the arms of a sweep", () => {
  it("are not the draft's, but are told in words", () => {
    expect(draftOf(given, catalog).arms.map((arm) => arm.name)).toEqual(draft.arms.map((arm) => arm.name));
    expect(otherChanges(given, catalog).at(-1)).toEqual(["epochs 7"]);
  });

  it("are what the service says that they are", () => {
    const setup = new Setup(catalog, draftOf(given, catalog));
    expect(optimisticView(setup, "accuracy"), "nobody has said which arms there are").toBeNull();
    const names = [...setup.draft.arms.map((arm) => arm.name), "max norm 0.25", "max norm 8"];
    const arms = names.map((name) => ({ name, words: [], parameters: 1 }));
    setup.take({ problems: [], warnings: [], layers: [], arms, estimate: null } as CheckView, setup.draft);
    expect(sweepArms(setup).map((arm) => arm.name)).toEqual(["max norm 0.25", "max norm 8"]);
    const view = optimisticView(setup, "accuracy");
    expect(view?.arms.map((arm) => arm.name)).toEqual(names);
    expect(view?.runs.at(-1)).toMatchObject({ arm: "max norm 8", epochs: 4000 });
    setup.set(["sweep"], null);
    expect(sweepArms(setup)).toEqual([]);
  });
});

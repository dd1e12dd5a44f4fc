import { describe, expect, it } from "vitest";
import type { Json } from "../api/catalog";
import type { Location } from "../api/problem";
import { type Draft, getIn, NO_CHANGES, setIn } from "../experiment/draft";
import { catalog, draft } from "../experiment/fixture";
import { check } from "./check";
import { renameLayer, withArmNames, withPrediction } from "./edits";
import { Setup } from "./store";
import { type Variable, variablesOf, withAxis } from "./sweep/sweep";

const at = (location: Location, value: Json): Draft => setIn(draft, location, value);

describe("arms", () => {
  it("are named anew with their changes, unless somebody chose the name", () => {
    const path = ["arms", 1, "changes", "layers", "hidden", "kernel_constraint"];
    const changed = setIn(draft, path, { kind: "max_norm", max_value: 2, axis: null });
    expect(withArmNames(draft, changed, catalog).arms[1]?.name).toBe("max norm 2");
    const chosen = at(["arms", 1, "name"], "mine");
    const changedToo = setIn(chosen, path, { kind: "non_neg" });
    expect(withArmNames(chosen, changedToo, catalog).arms[1]?.name).toBe("mine");
  });

  it("take their published figures along", () => {
    const published = { values: { baseline: 1, "unit norm": 2 } };
    const setup = new Setup(catalog, { ...draft, published });
    setup.set(["arms", 1, "name"], "mine");
    expect(getIn(setup.draft, ["published", "values"])).toEqual({ baseline: 1, mine: 2 });
    setup.set(["arms", 1], undefined);
    expect(getIn(setup.draft, ["published", "values"])).toEqual({ baseline: 1 });
    setup.set(["arms", 0], undefined);
    expect(setup.draft.published).toBeNull();
  });

  it("follow a layer that is renamed", () => {
    const added = at(["network", "layers"], [...draft.network.layers, { kind: "add", name: "sum", layer: "hidden" }]);
    const renamed = renameLayer(added, 0, "wide", catalog);
    expect(Object.keys(renamed.arms[1]?.changes.layers ?? {})).toEqual(["wide"]);
    expect(renamed.network.layers[1]?.layer).toBe("wide");
    expect(check(renamed, catalog)).toEqual([]);
  });
});

describe("withSplitColumn", () => {
  it("forgets the column once rows are cut in a way that needs none", () => {
    const setup = new Setup(catalog, at(["split"], { by: "group", column: "patient" }));
    setup.set(["split", "by"], "time");
    expect(setup.draft.split).toEqual({ by: "time", column: "patient" });
    setup.set(["split", "by"], "stratified");
    expect(setup.draft.split).toEqual({ by: "stratified", column: null });
  });

  it("leaves what else stands there as it is", () => {
    const setup = new Setup(catalog, at(["split"], { by: "rows", column: "patient" }));
    setup.set(["split", "train"], 5);
    expect(setup.draft.split.column).toBe("patient");
  });
});

const found = (label: string, of: Draft = draft): Variable => {
  const one = variablesOf(of, catalog).find((each) => each.label === label);
  if (!one) throw new Error(`${label} can't be varied`);
  return one;
};

const given = {
  ...draft,
  sweep: withAxis(null, found("Max norm")),
  arms: [...draft.arms, { name: "max norm 1", point: [1], changes: { ...NO_CHANGES, training: { epochs: 7 } } }],
};

describe("withPrediction", () => {
  const predicted: Draft = { ...draft, prediction: "unit norm" };
  it("follows its arm's new name, and goes with it", () => {
    const setup = new Setup(catalog, predicted);
    setup.set(["arms", 1, "name"], "on the circle");
    expect(setup.draft.prediction).toBe("on the circle");
    setup.set(["arms", 1, "changes"], { layers: {}, output: {}, training: { epochs: 5 } });
    expect(setup.draft.prediction, "a change beside the name changes nothing").toBe("on the circle");
    setup.set(["arms", 1], undefined);
    expect(setup.draft.prediction).toBeNull();
  });

  it("follows a name that is made anew from what the arm changes", () => {
    const setup = new Setup(catalog, predicted);
    setup.set(["arms", 1, "changes"], { layers: {}, output: {}, training: { epochs: 5 } });
    expect(setup.draft.arms[1]?.name).toBe("epochs 5");
    expect(setup.draft.prediction).toBe("epochs 5");
  });

  it("names an arm of the sweep for as long as that is the same", () => {
    const before = { ...given, arms: draft.arms, prediction: "max norm 1" } as Draft;
    const other = { ...before, arms: [...before.arms, { name: "new arm", changes: NO_CHANGES }] };
    expect(withPrediction(before, other).prediction).toBe("max norm 1");
    expect(withPrediction(before, { ...before, sweep: null }).prediction).toBeNull();
  });

  it("is kept where the set-up begins again from an experiment that has one", () => {
    const setup = new Setup(catalog, draft);
    setup.replace({ ...given, arms: draft.arms, prediction: "max norm 1" } as Draft);
    expect(setup.draft.prediction).toBe("max norm 1");
  });
});

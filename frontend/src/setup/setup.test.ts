import { describe, expect, it } from "vitest";
import type { Location } from "../api/problem";
import { axisWarning } from "./axis";
import { defaultsOf, type Entry, entryOf, fieldsOf, type Json } from "./catalog";
import { check } from "./check";
import {
  armName,
  changesOf,
  type Draft,
  draftOf,
  freeName,
  getIn,
  NO_CHANGES,
  partsOf,
  renameLayer,
  setIn,
  withArmNames,
} from "./draft";
import { expectedView } from "./expected";
import { catalog, draft } from "./fixture";
import { constraintWords } from "./phrases";
import { seedsOf, seedWords } from "./seeds";
import { Findings, Setup } from "./store";
import { suggestArms } from "./suggest";

const dense = entryOf(catalog.layers, "dense");
const kernel = dense?.weights?.[0];
const bias = dense?.weights?.[1];

const at = (location: Location, value: Json): Draft => setIn(draft, location, value);

describe("fieldsOf", () => {
  it("reads each kind of field from its schema", () => {
    const types = dense && fieldsOf(dense.schema, catalog).map((field) => [field.name, field.type]);
    expect(types).toEqual([
      ["name", "text"],
      ["units", "number"],
      ["activation", "choice"],
      ["use_bias", "flag"],
      ["kernel_constraint", "entry"],
      ["bias_constraint", "entry"],
      ["kernel_regularizer", "entry"],
      ["bias_regularizer", "entry"],
    ]);
    expect(fieldsOf(catalog.split.schema, catalog)[0]?.type).toBe("share");
    const [optimizer] = fieldsOf(catalog.training.schema, catalog);
    expect(optimizer?.type === "entry" && optimizer.kinds.map((each) => each.kind)).toEqual(["adam"]);
    const stopping = fieldsOf(catalog.training.schema, catalog).find((field) => field.name === "early_stopping");
    expect(stopping).toMatchObject({ type: "object", nullable: true });
    const [, size] = fieldsOf(entryOf(catalog.layers, "conv2d")?.schema ?? {}, catalog);
    expect(size).toMatchObject({ type: "numbers", single: true, fewest: 2, most: 2, min: 1 });
  });

  it("gives an entry its defaults", () => {
    expect(dense && defaultsOf(dense, catalog)).toEqual({
      kind: "dense",
      name: null,
      units: 32,
      activation: "relu",
      use_bias: true,
      kernel_constraint: null,
      bias_constraint: null,
      kernel_regularizer: null,
      bias_regularizer: null,
    });
  });
});

describe("constraintWords", () => {
  it.each([
    [null, "no constraint"],
    [{ kind: "unit_norm", axis: null }, "unit norm"],
    [{ kind: "max_norm", max_value: 3, axis: null }, "max norm 3"],
    [{ kind: "min_max_norm", min_value: 0, max_value: 1, rate: 1 }, "min-max norm 0 to 1"],
    [{ kind: "min_max_norm", min_value: 0, max_value: 1, rate: 0.5 }, "min-max norm 0 to 1, rate 0.5"],
    [{ kind: "chain", constraints: [{ kind: "non_neg" }, { kind: "unit_norm" }] }, "non-negative, then unit norm"],
  ])("says %j as %s", (value, words) => {
    expect(constraintWords(value, catalog)).toBe(words);
  });
});

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
      "after does not stand before this layer",
    ],
    ["a seed twice", ["seeds"], [1, 1], ["seeds", 1], "Seed 1 is listed twice; remove one"],
    ["no seed", ["seeds"], [], ["seeds"], "Give at least one seed"],
  ])("says what is wrong with %s, where it stands", (_, location, value, place, message) => {
    expect(check(at(location, value), catalog)).toContainEqual({ location: place, message });
  });

  it("says which arms change a layer that is gone", () => {
    const gone = at(["network", "layers"], []);
    expect(changesOf(gone.arms[1]?.changes ?? NO_CHANGES, [])[0]?.label).toBe("hidden kernel");
    expect(check(gone, catalog)).toEqual([{ location: ofArm, message: "There is no layer hidden now; remove this" }]);
  });
});

describe("Findings", () => {
  const place = ["arms", 1, "changes", "output", "kernel_constraint", "max_value"];
  const found = new Findings([{ location: place, message: "no" }]);
  it("stand at their place and under those above it", () => {
    expect(found.at(place)).toBe("no");
    expect(found.at(["arms", 1])).toBeNull();
    expect(found.under(["arms", 1])).toBe(true);
    expect(found.under(["arms", 2])).toBe(false);
  });
});

describe("Setup", () => {
  const conv: Entry = { kind: "conv2d", name: "conv", kernel_size: 3 };
  const setup = () => {
    const made = new Setup(catalog, draft);
    made.insertLayer(0, conv);
    return made;
  };
  const names = ({ draft: { network } }: Setup) => network.layers.map((layer) => layer.name);

  it("keeps each layer's key through moving and renaming", () => {
    const made = setup();
    const [first, second] = made.layerKeys;
    made.moveLayer(0, 1);
    expect(names(made)).toEqual(["hidden", "conv"]);
    expect(made.layerKeys).toEqual([second, first]);
    made.renameLayer(0, "wide");
    expect(names(made)).toEqual(["wide", "conv"]);
    expect(Object.keys(made.draft.arms[1]?.changes.layers ?? {})).toEqual(["wide"]);
    made.removeLayer(0);
    expect(made.layerKeys).toEqual([first]);
  });

  it("copies a layer under a name of its own", () => {
    const made = setup();
    made.copyLayer(0);
    expect(names(made)).toEqual(["conv", "conv2d_1", "hidden"]);
    expect(new Set(made.layerKeys).size).toBe(3);
  });

  it("drops what arms change of a layer with it, and puts both back", () => {
    const made = new Setup(catalog, draft);
    const { network, arms } = made.draft;
    const keys = made.layerKeys;
    made.removeLayer(0);
    expect(made.draft.arms[1]?.changes.layers).toEqual({});
    expect(made.problems.list).toEqual([]);
    expect(made.removed).toMatchObject({ name: "hidden", changes: 1 });
    made.set(["training", "epochs"], 10);
    made.putBack();
    expect(made.draft.network).toBe(network);
    expect(made.draft.arms).toEqual(arms);
    expect(made.draft.training.epochs).toBe(10);
    expect(made.layerKeys).toBe(keys);
    expect(made.removed).toBeNull();
  });

  it("tells arms apart that are left without changes", () => {
    const twins = [2, 3].map((max) =>
      setIn(draft.arms[1], ["changes", "layers", "hidden", "kernel_constraint", "max_value"], max),
    );
    const named = twins.map((arm) => arm && { ...arm, name: armName(arm.changes, draft, catalog) });
    const made = new Setup(catalog, { ...draft, arms: [...draft.arms.slice(0, 1), ...named] as Draft["arms"] });
    made.removeLayer(0);
    expect(made.draft.arms.map((arm) => arm.name).slice(1)).toEqual(["as the base", "as the base 2"]);
  });

  it("keeps a name that can't be one beside the draft, until it can", () => {
    const made = setup();
    made.renameLayer(1, "conv");
    expect(names(made)).toEqual(["conv", "hidden"]);
    expect(made.problems.at(["network", "layers", 1, "name"])).toBe("The name conv is taken; choose another");
    made.renameLayer(0, "first");
    expect(names(made)).toEqual(["first", "conv"]);
    expect(made.problems.list).toEqual([]);
  });

  it("keeps what the service said until something beside it changes", () => {
    const made = new Setup(catalog, draft);
    const location = ["network", "layers", 0];
    const view = { problems: [{ location, message: "too small" }], warnings: [], layers: [], arms: [], estimate: null };
    made.take(view, draft);
    made.set(["training", "epochs"], 10);
    expect(made.problems.at(location)).toBe("too small");
    made.set(["network", "layers", 0, "units"], 10);
    expect(made.problems.at(location)).toBeNull();
  });

  it("tells only those parts anew that have changed", () => {
    const made = new Setup(catalog, draft);
    const { network, arms } = made.draft;
    made.set(["training", "epochs"], 10);
    expect(made.draft.network).toBe(network);
    expect(made.draft.arms).toBe(arms);
  });
});

describe("setIn", () => {
  it("shares what it does not change, and removes what is set to undefined", () => {
    const changed = at(["dataset", "noise"], 0.5);
    expect(changed.network).toBe(draft.network);
    expect(getIn(changed, ["dataset", "noise"])).toBe(0.5);
    expect(setIn(draft, ["arms", 0], undefined).arms.map((arm) => arm.name)).toEqual(["unit norm"]);
    expect(setIn(draft, ["arms", 1, "changes", "layers", "hidden"], undefined).arms[1]?.changes.layers).toEqual({});
  });
});

describe("arms", () => {
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
    expect(armName(NO_CHANGES, draft, catalog)).toBe("as the base");
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
    const told = new Setup(catalog, { ...draft, published });
    told.set(["arms", 1, "name"], "mine");
    expect(getIn(told.draft, ["published", "values"])).toEqual({ baseline: 1, mine: 2 });
    told.set(["arms", 1], undefined);
    expect(getIn(told.draft, ["published", "values"])).toEqual({ baseline: 1 });
    told.set(["arms", 0], undefined);
    expect(told.draft.published).toBeNull();
  });

  it("follow a layer that is renamed", () => {
    const added = at(["network", "layers"], [...draft.network.layers, { kind: "add", name: "sum", layer: "hidden" }]);
    const renamed = renameLayer(added, 0, "wide", catalog);
    expect(Object.keys(renamed.arms[1]?.changes.layers ?? {})).toEqual(["wide"]);
    expect(renamed.network.layers[1]?.layer).toBe("wide");
    expect(check(renamed, catalog)).toEqual([]);
  });

  it("are suggested where they are new, and every suggestion is sound", () => {
    const suggested = suggestArms(draft, catalog);
    const likely = suggested.filter((each) => each.group === "Likely next").map(({ arm }) => arm.name);
    expect(likely).toEqual(["max norm 3", "L2 0.001", "dropout rate 0.5", "early stopping, watch test"]);
    const names = suggested.map(({ arm }) => arm.name);
    expect(names).not.toContain("unit norm");
    expect(names).toContain("weight decay 0.004");
    for (const { arm, base } of suggested) {
      const with_ = base?.(draft) ?? draft;
      expect(check({ ...with_, arms: [...with_.arms, arm] }, catalog)).toEqual([]);
    }
    const dropout = { kind: "dropout", name: "drop", rate: 0.5 };
    const dropping = at(["network", "layers"], [...draft.network.layers, dropout]);
    expect(suggestArms(dropping, catalog).map(({ arm }) => arm.name)).toContain("drop rate 0.2");
    const plain = suggested.filter((each) => !each.base);
    const all = { ...draft, arms: [...draft.arms, ...plain.map(({ arm }) => arm)] };
    expect(suggestArms(all, catalog).filter((each) => !each.base)).toEqual([]);
  });
});

describe("expectedView", () => {
  it("has every arm and run, in the service's order", () => {
    const view = expectedView(new Setup(catalog, { ...draft, seeds: [4, 5] }), "accuracy");
    expect(view?.arms.map((arm) => [arm.name, arm.words])).toEqual([
      ["baseline", []],
      ["unit norm", ["hidden kernel: unit norm"]],
    ]);
    expect(view?.runs.map((run) => [run.arm, run.seed, run.epochs])).toEqual([
      ["baseline", 4, 4000],
      ["baseline", 5, 4000],
      ["unit norm", 4, 4000],
      ["unit norm", 5, 4000],
    ]);
  });
});

describe("draftOf", () => {
  it("names the layers that have no name, as the service would", () => {
    const nameless = setIn(draft, ["network", "layers", 0, "name"], null);
    expect(draftOf(nameless, catalog).network.layers[0]?.name).toBe("dense_1");
  });

  it("writes out what the arms leave to the defaults", () => {
    const place = ["arms", 1, "changes", "layers", "hidden", "kernel_constraint"];
    const brief = setIn(draft, place, { kind: "min_max_norm", min_value: 1 });
    const full = { kind: "min_max_norm", min_value: 1, max_value: 1, rate: 1, axis: null };
    expect(getIn(draftOf(brief, catalog), place)).toEqual(full);
    const chained = setIn(draft, place, { kind: "chain", constraints: [{ kind: "non_neg" }, { kind: "max_norm" }] });
    expect(getIn(draftOf(chained, catalog), [...place, "constraints", 1])).toEqual({
      kind: "max_norm",
      max_value: 2,
      axis: null,
    });
  });
});

describe("axisWarning", () => {
  it("warns where the axis is not each unit's", () => {
    if (!kernel || !bias) throw new Error("no weights");
    expect(axisWarning(null, bias)).toBeNull();
    expect(axisWarning(0, kernel)).toBeNull();
    expect(axisWarning([0], kernel)).toBeNull();
    expect(axisWarning(0, bias)).toContain("the whole vector");
    expect(axisWarning([0, 1], kernel)).toContain("axes 0, 1");
  });
});

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

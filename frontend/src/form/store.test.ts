import { describe, expect, it } from "vitest";
import type { Entry } from "../api/catalog";
import { armName } from "../experiment/changes";
import { type Draft, setIn } from "../experiment/draft";
import { catalog, draft } from "../experiment/fixture";
import { Findings, Setup } from "./store";

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
  const newSetup = () => {
    const setup = new Setup(catalog, draft);
    setup.insertLayer(0, conv);
    return setup;
  };
  const names = ({ draft: { network } }: Setup) => network.layers.map((layer) => layer.name);

  it("tells of a reset until data set or split change, and undoes it", () => {
    const [moons] = catalog.datasets;
    if (!moons) throw new Error("no data set");
    const circles = { ...moons, kind: "circles", title: "Circles", split: { train: 0.5 } };
    const two = { ...catalog, datasets: [moons, circles] };
    const setup = new Setup(two, draft);
    setup.chooseDataset(circles);
    expect(setup.reset?.text).toBe("30 training rows belonged to Two moons and were reset.");
    setup.undoReset();
    expect(setup.draft).toBe(draft);
    expect(setup.reset).toBeNull();
    setup.chooseDataset(circles);
    setup.set(["training", "epochs"], 7);
    expect(setup.reset, "the epochs belong to no data set").not.toBeNull();
    setup.undoReset();
    expect(setup.draft).toEqual({ ...draft, training: { ...draft.training, epochs: 7 } });
    setup.chooseDataset(circles);
    setup.set(["split", "train"], 10);
    expect(setup.reset).toBeNull();
  });

  it("tells of a replacement until the draft changes, and undoes it", () => {
    const setup = new Setup(catalog, draft);
    setup.replace({ ...draft, name: "Other" }, "Replaced.");
    expect(setup.replaced?.text).toBe("Replaced.");
    setup.undoReplacement();
    expect(setup.draft).toBe(draft);
    expect(setup.replaced).toBeNull();
    setup.replace({ ...draft, name: "Other" }, "Replaced.");
    setup.set(["training", "epochs"], 7);
    expect(setup.replaced).toBeNull();
  });

  it("keeps each layer's key through moving and renaming", () => {
    const setup = newSetup();
    const [first, second] = setup.layerKeys;
    setup.moveLayer(0, 1);
    expect(names(setup)).toEqual(["hidden", "conv"]);
    expect(setup.layerKeys).toEqual([second, first]);
    setup.renameLayer(0, "wide");
    expect(names(setup)).toEqual(["wide", "conv"]);
    expect(Object.keys(setup.draft.arms[1]?.changes.layers ?? {})).toEqual(["wide"]);
    setup.removeLayer(0);
    expect(setup.layerKeys).toEqual([first]);
  });

  it("undoes and redoes changes, with the layers' keys", () => {
    const setup = new Setup(catalog, draft);
    const keys = setup.layerKeys;
    setup.set(["training", "epochs"], 1);
    setup.set(["training", "epochs"], 12);
    setup.removeLayer(0);
    const removed = setup.draft;
    expect([setup.canUndo, setup.canRedo]).toEqual([true, false]);
    setup.undo();
    expect(setup.draft.training.epochs).toBe(12);
    expect(setup.layerKeys).toEqual(keys);
    expect(setup.draft.arms).toEqual(draft.arms);
    expect(setup.removed).toBeNull();
    setup.undo();
    expect(setup.draft).toBe(draft);
    expect(setup.canUndo).toBe(false);
    setup.undo();
    setup.redo();
    setup.redo();
    expect(setup.draft).toBe(removed);
    expect(setup.layerKeys).toEqual([]);
  });

  it("forgets an invalid name that was typed when a change is undone", () => {
    const setup = newSetup();
    setup.renameLayer(0, "");
    expect(setup.problems.list).toHaveLength(1);
    setup.undo();
    expect(setup.problems.list).toEqual([]);
    expect(setup.draft).toBe(draft);
  });

  it("undoes a replaced draft", () => {
    const setup = new Setup(catalog, draft);
    setup.replace({ ...draft, name: "Other" });
    setup.undo();
    expect(setup.draft).toBe(draft);
  });

  it("copies a layer under a name of its own", () => {
    const setup = newSetup();
    setup.copyLayer(0);
    expect(names(setup)).toEqual(["conv", "conv2d_1", "hidden"]);
    expect(new Set(setup.layerKeys).size).toBe(3);
  });

  it("drops what arms change of a layer with it, and puts both back", () => {
    const setup = new Setup(catalog, draft);
    const { network, arms } = setup.draft;
    const keys = setup.layerKeys;
    setup.removeLayer(0);
    expect(setup.draft.arms[1]?.changes.layers).toEqual({});
    expect(setup.problems.list).toEqual([]);
    expect(setup.removed).toMatchObject({ name: "hidden", changes: 1 });
    setup.set(["training", "epochs"], 10);
    setup.putBack();
    expect(setup.draft.network).toBe(network);
    expect(setup.draft.arms).toEqual(arms);
    expect(setup.draft.training.epochs).toBe(10);
    expect(setup.layerKeys).toBe(keys);
    expect(setup.removed).toBeNull();
  });

  it("tells arms apart that are left without changes", () => {
    const twins = [2, 3].map((max) =>
      setIn(draft.arms[1], ["changes", "layers", "hidden", "kernel_constraint", "max_value"], max),
    );
    const named = twins.map((arm) => arm && { ...arm, name: armName(arm.changes, draft, catalog) });
    const setup = new Setup(catalog, { ...draft, arms: [...draft.arms.slice(0, 1), ...named] as Draft["arms"] });
    setup.removeLayer(0);
    expect(setup.draft.arms.map((arm) => arm.name).slice(1)).toEqual(["no changes", "no changes 2"]);
  });

  it("keeps a name that can't be one beside the draft, until it can", () => {
    const setup = newSetup();
    setup.renameLayer(1, "conv");
    expect(names(setup)).toEqual(["conv", "hidden"]);
    expect(setup.problems.at(["network", "layers", 1, "name"])).toBe("The name conv is taken; choose another");
    setup.renameLayer(0, "first");
    expect(names(setup)).toEqual(["first", "conv"]);
    expect(setup.problems.list).toEqual([]);
  });

  it("keeps what the service said until something beside it changes", () => {
    const setup = new Setup(catalog, draft);
    const location = ["network", "layers", 0];
    const view = { problems: [{ location, message: "too small" }], warnings: [], layers: [], arms: [], estimate: null };
    setup.take(view, draft);
    setup.set(["training", "epochs"], 10);
    expect(setup.problems.at(location)).toBe("too small");
    setup.set(["network", "layers", 0, "units"], 10);
    expect(setup.problems.at(location)).toBeNull();
  });

  it("tells only those parts anew that have changed", () => {
    const setup = new Setup(catalog, draft);
    const { network, arms } = setup.draft;
    setup.set(["training", "epochs"], 10);
    expect(setup.draft.network).toBe(network);
    expect(setup.draft.arms).toBe(arms);
  });
});

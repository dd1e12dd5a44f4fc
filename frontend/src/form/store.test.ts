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

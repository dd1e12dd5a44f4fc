import { expect, it } from "vitest";
import { defaultFields, defaultsOf, entryOf, fieldsOf } from "../../experiment/catalog";
import { catalog, draft } from "../../experiment/fixture";
import { catalog as live } from "../../experiment/liveCatalog";
import { settingRows } from "./rows";

it("tell a layer's size and activation, also where they are the defaults", () => {
  const dense = entryOf(live.layers, "dense");
  if (!dense) throw new Error("no dense layer");
  const specs = fieldsOf(dense.schema, live).filter((spec) => spec.name !== "name");
  expect(settingRows(specs, defaultsOf(dense, live), live)).toEqual([
    ["Units", "32"],
    ["Activation", "relu"],
  ]);
  const limited = { ...defaultsOf(dense, live), use_bias: false, kernel_constraint: { kind: "unit_norm", axis: null } };
  expect(settingRows(specs, limited, live)).toEqual([
    ["Kernel constraint", "unit norm"],
    ["Use bias", "no"],
    ["Units", "32"],
    ["Activation", "relu"],
  ]);
});

it("tell the optimiser's learning rate and what early stopping watches", () => {
  const specs = fieldsOf(live.training.schema, live);
  const values = defaultFields(live.training.schema, live);
  const adam = { kind: "adam", learning_rate: 0.001, weight_decay: null, beta_1: 0.9, beta_2: 0.999, amsgrad: false };
  const stopping = { watch: "validation", figure: "loss", patience: 100, min_delta: 0, restore_best_weights: true };
  const rows = Object.fromEntries(settingRows(specs, { ...values, optimizer: adam, early_stopping: stopping }, live));
  expect(rows.Optimizer).toBe("Adam, learning rate 0.001");
  expect(rows["Early stopping"]).toMatch(/watch validation, .*loss, patience 100/);
  expect(rows.Schedule).toBeUndefined();
});

it("tell the split's seed apart from the data set's", () => {
  const titles = fieldsOf(live.split.schema, live).map((spec) => spec.title);
  expect(titles).toContain("Split seed");
  const moons = entryOf(live.datasets, "moons");
  expect(fieldsOf(moons?.schema ?? {}, live).map((spec) => spec.title)).toContain("Data seed");
  expect(settingRows(fieldsOf(catalog.split.schema, catalog), draft.split, catalog)).toEqual([["Training rows", "30"]]);
});

import { describe, expect, it } from "vitest";
import { type Draft, NO_CHANGES } from "../../experiment/draft";
import { draftOf } from "../../experiment/draftOf";
import { catalog, presets } from "../../experiment/liveCatalog";
import { check } from "../check";
import {
  comparisonOf,
  FEWEST_IN_ALL,
  fittingRepeats,
  type Method,
  methodsOf,
  replacedText,
  splitForMethods,
  valuesOf,
  withRepeats,
} from "./methods";

const tutorial = draftOf(presets.tutorial as Parameters<typeof draftOf>[0], catalog);
const methods = methodsOf(tutorial, catalog);
const named = (name: string): Method => {
  const found = methods.find((method) => method.name === name);
  if (!found) throw new Error(`${name} is no method`);
  return found;
};

describe("methodsOf", () => {
  it("offers what the catalog has trials of, with where it acts", () => {
    expect(methods.map(({ title, place }) => [title, place])).toEqual([
      ["Max norm", "hidden kernel, limit"],
      ["L2", "hidden kernel"],
      ["Dropout", "rate"],
      ["Early stopping", "patience"],
    ]);
    for (const { values } of methods) expect(values).toHaveLength(6);
  });

  it("offers no more than the network has a place for", () => {
    const bare: Draft = { ...tutorial, network: { ...tutorial.network, layers: [] } };
    expect(methodsOf(bare, catalog).map(({ name, place }) => [name, place])).toEqual([
      ["max norm", "output kernel, limit"],
      ["L2", "output kernel"],
      ["early stopping", "patience"],
    ]);
  });

  it("varies the layer that there is, and adds one that is idle where there is none", () => {
    const added = named("Dropout").base?.(tutorial) as Draft;
    expect(added.network.layers.map(({ name, rate }) => [name, rate])).toEqual([
      ["hidden", undefined],
      ["dropout", 0],
    ]);
    const [own] = methodsOf(added, catalog).filter(({ name }) => name === "Dropout");
    expect(own?.base).toBeUndefined();
    expect(own?.with(NO_CHANGES, 0.5).layers).toEqual({ dropout: { rate: 0.5 } });
  });
});

describe("valuesOf", () => {
  it.each([
    ["0.5, 1, 2", [0.5, 1, 2], null],
    ["1", [1], "Give at least 2 values"],
    ["1, -1", [1, -1], "Must be at least 0"],
    ["1, 2, 1", [1, 2, 1], "1 is listed twice; remove one"],
    ["1, much", [1, "much"], "Must be a number"],
  ])("reads %s", (text, values, problem) => {
    expect(valuesOf(text, named("max norm"), catalog)).toEqual({ values, problem });
  });

  it("takes only whole numbers where the field does", () => {
    expect(valuesOf("5, 7.5", named("early stopping"), catalog).problem).toBe("Must be a whole number");
  });
});

describe("splitForMethods", () => {
  it("leaves the training rows, up to half, and shares out the others", () => {
    expect(splitForMethods({ train: 30 }, 100)).toEqual({ train: 30, validation: 21, holdout: 28 });
    expect(splitForMethods({ train: 0.7, shuffle: true }, 400)).toEqual({
      train: 200,
      shuffle: true,
      validation: 60,
      holdout: 80,
    });
  });

  it("leaves enough rows to choose and to judge by, whatever the size", () => {
    for (let rows = FEWEST_IN_ALL; rows < 300; rows++) {
      const split = splitForMethods({ train: 0.7 }, rows);
      const [train, validation, sealed] = [split?.train, split?.validation, split?.holdout].map(Number) as number[];
      expect(Math.min(validation ?? 0, sealed ?? 0), `${rows} rows`).toBeGreaterThanOrEqual(20);
      expect(train, `${rows} rows`).toBeGreaterThanOrEqual(30);
      expect(rows - (train ?? 0) - (validation ?? 0) - (sealed ?? 0), `${rows} rows`).toBeGreaterThanOrEqual(20);
    }
  });

  it("keeps rows that were set, unless they are too few", () => {
    const set = { train: 60, validation: 100, holdout: 250 };
    expect(splitForMethods(set, 569)).toBe(set);
    expect(splitForMethods({ ...set, holdout: 5 }, 569)).toEqual({ train: 60, validation: 153, holdout: 204 });
  });

  it("refuses a data set with too few rows", () => {
    expect(splitForMethods({ train: 0.3 }, FEWEST_IN_ALL - 1)).not.toBeNull();
    expect(splitForMethods({ train: 0.7 }, FEWEST_IN_ALL - 1)).toBeNull();
    expect(splitForMethods({ train: 10 }, 60)).toBeNull();
  });
});

describe("comparisonOf", () => {
  const tried = methods.map((method) => ({ method, values: method.values }));
  const split = splitForMethods(tutorial.split, 100) ?? {};

  it("makes a valid draft of the baseline and every trial, each of its family", () => {
    const made = comparisonOf(tutorial, tried, { seeds: 10, split });
    expect(check(made, catalog)).toEqual([]);
    expect(made.arms).toHaveLength(25);
    expect(made.arms[0]).toEqual({ ...tutorial.arms[0], family: null });
    expect(made.arms.filter(({ family }) => family === "L2").map(({ name }) => name)).toEqual([
      "L2 0.001",
      "L2 0.003",
      "L2 0.01",
      "L2 0.03",
      "L2 0.1",
      "L2 0.3",
    ]);
    expect(made.seeds).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(made.arms.at(-1)?.changes.training.early_stopping).toMatchObject({
      patience: 100,
      watch: "validation",
      restore_best_weights: false,
    });
    expect(made.network.layers.map(({ name }) => name)).toEqual(["hidden", "dropout"]);
  });

  it("keeps seeds of that number, the baseline's own changes, and drops the sweep", () => {
    const own = { layers: {}, output: {}, training: { batch_size: 8 } };
    const before: Draft = {
      ...tutorial,
      seeds: [5, 7],
      arms: [{ name: "small batches", changes: own }],
      sweep: { axes: [], changes: NO_CHANGES },
    };
    const made = comparisonOf(before, tried.slice(0, 1), { seeds: 2, split });
    expect(made.seeds).toEqual([5, 7]);
    expect(made.sweep).toBeNull();
    expect(made.arms[1]?.changes.training).toEqual({ batch_size: 8 });
    expect(made.arms[1]?.changes.layers.hidden?.kernel_constraint).toMatchObject({ max_value: 0.1 });
    expect(replacedText(before)).toBe("Replaces the sweep; Undo brings that back.");
    expect(replacedText({ ...before, sweep: null })).toBeNull();
  });
});

describe("fittingRepeats", () => {
  it("keeps what fits into 256 runs, seeds before draws", () => {
    expect(fittingRepeats({ draws: null, seeds: 10 }, 25)).toEqual({ draws: null, seeds: 10 });
    expect(fittingRepeats({ draws: null, seeds: 12 }, 25)).toEqual({ draws: null, seeds: 10 });
    expect(fittingRepeats({ draws: 5, seeds: 10 }, 25)).toEqual({ draws: 5, seeds: 2 });
    expect(fittingRepeats({ draws: 20, seeds: 2 }, 25)).toEqual({ draws: 10, seeds: 1 });
    expect(fittingRepeats({ draws: 5, seeds: 2 }, 300)).toEqual({ draws: 1, seeds: 1 });
  });

  it("sets draws, or fold repeats", () => {
    expect(withRepeats({ train: 30 }, { draws: null, seeds: 1 })).toEqual({ train: 30 });
    expect(withRepeats({ draws: 20 }, { draws: 10, seeds: 1 })).toEqual({ draws: 10 });
    expect(withRepeats({ folds: 5, fold_repeats: 4 }, { draws: 10, seeds: 1 })).toEqual({ folds: 5, fold_repeats: 2 });
  });
});

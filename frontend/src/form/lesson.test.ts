import { describe, expect, it } from "vitest";
import { type Draft, setIn } from "../experiment/draft";
import { catalog, draft } from "../experiment/fixture";
import { askedOf } from "./lesson";

describe("askedOf", () => {
  const both = { ...catalog, split: { schema: { properties: { ...catalog.split.schema.properties } } } };
  const limit = { kind: "max_norm", max_value: 1, axis: null };
  const lesson: Draft = {
    ...draft,
    split: { ...draft.split, draws: 20 },
    arms: [
      ...draft.arms,
      { name: "max norm 1", changes: { layers: { hidden: { kernel_constraint: limit } }, output: {}, training: {} } },
      { name: "slow", changes: { layers: {}, output: {}, training: { epochs: 9 } } },
    ],
  };
  const own: Draft = {
    ...draft,
    name: "Weights",
    dataset: { kind: "table", file: "f", target: "y" },
    split: { train: 0.7, shuffle: true, by: "rows" },
    network: { ...draft.network, layers: [{ ...draft.network.layers[0], kind: "dense", name: "wide", units: 8 }] },
    arms: [{ name: "plain", changes: { layers: {}, output: {}, training: { epochs: 70 } } }],
    seeds: [1, 2, 3, 4],
    prediction: "plain",
  };

  it("puts the lesson's arms and draws on the data set and network that there are", () => {
    const asked = askedOf(lesson, own, both);
    expect(asked?.dataset).toBe(own.dataset);
    expect(asked?.network).toBe(own.network);
    expect(asked?.name).toBe("Weights");
    expect(asked?.arms.map(({ name }) => name)).toEqual(["plain", "unit norm", "max norm 1"]);
    expect(asked?.arms[2]?.changes).toEqual({
      layers: { wide: { kernel_constraint: limit } },
      output: {},
      training: { epochs: 70 },
    });
    expect(asked?.split).toEqual({ ...own.split, draws: 20 });
    expect(asked?.seeds).toEqual([1, 2]);
    expect(asked?.prediction).toBeNull();
  });

  it("leaves the draws out where rows vary already or are cut in one way", () => {
    for (const split of [{ by: "time" }, { folds: 5 }, { resample: true }, { draws: 3 }]) {
      const asked = askedOf(lesson, { ...own, split: { ...own.split, ...split } }, both);
      expect(asked?.split).toEqual({ ...own.split, ...split });
      expect(asked?.seeds).toEqual(own.seeds);
    }
  });

  it("is none where no arm fits", () => {
    expect(askedOf(setIn(lesson, ["arms"], lesson.arms.slice(0, 1) as never), own, both)).toBeNull();
  });
});

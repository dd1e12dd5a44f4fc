import { describe, expect, it } from "vitest";
import type { CatalogEntry } from "../../api/catalog";
import { catalog, draft } from "../../experiment/fixture";
import { withDataset } from "../cards/DataCard";
import { typed, typedNumbers } from "./parseNumber";
import { placeWords } from "./TableFields";

describe("what is typed", () => {
  it.each([
    ["1e-3", 0.001],
    ["0,5", 0.5],
    ["", ""],
    ["x", "x"],
  ])("%j is %j as a number", (text, value) => {
    expect(typed(text)).toBe(value);
  });

  it.each([
    ["3", true, 3],
    ["3, 3", true, [3, 3]],
    ["3×2", true, [3, 2]],
    ["3 x 2", true, [3, 2]],
    ["7", false, [7]],
    ["", true, ""],
    ["3, a", true, [3, "a"]],
  ])("%j, one alone: %j, is %j as numbers in a row", (text, single, value) => {
    expect(typedNumbers(text, single)).toEqual(value);
  });
});

describe("withDataset", () => {
  const schema = (noise: number) => ({
    properties: {
      n_samples: { type: "integer", title: "Rows", default: 100 },
      noise: { type: "number", title: "Noise", default: noise },
    },
  });
  const entry = (kind: string, noise: number, more: Partial<CatalogEntry> = {}): CatalogEntry => ({
    kind,
    title: kind,
    summary: "",
    description: "",
    schema: schema(noise),
    ...more,
  });
  const moons = entry("moons", 0.2, { title: "Two moons" });
  const flowers = entry("flowers", 0.1, { split: { train: 0.7, shuffle: true } });

  it("keeps the sizes that were set, takes the split that suits, and names the experiment anew", () => {
    const many = { ...draft, dataset: { kind: "moons", n_samples: 500, noise: 3 } };
    const next = withDataset(many, flowers, moons, catalog);
    expect(next.dataset).toEqual({ kind: "flowers", n_samples: 500, noise: 0.1 });
    expect(next.split).toEqual({ train: 0.7, shuffle: true });
    expect(next.name).toBe("flowers");
    expect(withDataset(next, moons, flowers, catalog).split).toEqual({ train: 0.3, shuffle: false });
  });
});

describe("placeWords", () => {
  it("says where in a file something is wrong", () => {
    expect(placeWords({ location: ["row", 12, "column", "age"], message: "It is empty" })).toBe(
      "Row 12, column age: It is empty",
    );
    expect(placeWords({ location: [], message: "It is too large" })).toBe("It is too large");
  });
});

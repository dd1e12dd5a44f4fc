import { describe, expect, it } from "vitest";
import type { CatalogEntry } from "../../api/catalog";
import { catalog, draft } from "../../experiment/fixture";
import { withDataset } from "./DataCard";

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
    name: kind,
    phrase: kind,
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

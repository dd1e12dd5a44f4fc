import { describe, expect, it } from "vitest";
import type { CatalogEntry } from "../api/catalog";
import { catalog, draft } from "../experiment/fixture";
import { withDataset, withSource } from "./dataset";

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

  const both = {
    ...catalog,
    datasets: [moons, flowers],
    split: {
      schema: {
        properties: {
          ...catalog.split.schema.properties,
          validation: {
            anyOf: [{ type: "integer" }, { type: "number" }, { type: "null" }],
            default: null,
            title: "V",
            phrase: "validation rows",
          },
          label_noise: { type: "number", default: 0, title: "Label noise", phrase: "label noise" },
        },
      },
    },
  };

  it("keeps the sizes that were set, takes the split that suits, and names the experiment anew", () => {
    const many = { ...draft, dataset: { kind: "moons", n_samples: 500, noise: 3 } };
    const { draft: next, reset } = withDataset(many, flowers, both);
    expect(next.dataset).toEqual({ kind: "flowers", n_samples: 500, noise: 0.1 });
    expect(next.split).toEqual({ train: 0.7, shuffle: true, label_noise: 0 });
    expect(next.name).toBe("flowers");
    expect(reset).toBe("30 training rows belonged to Two moons and were reset.");
    const back = withDataset(next, moons, both);
    expect(back.draft.split).toMatchObject({ train: 0.3, shuffle: false });
    expect(back.reset, "only what a person set is told").toBeNull();
  });

  it("resets what belonged to the rows before, and says so", () => {
    const split = { train: 60, shuffle: false, validation: 100, label_noise: 0.2 };
    const { draft: next, reset } = withDataset({ ...draft, split }, { ...flowers, split: {}, schema: {} }, both);
    expect(next.split).toEqual({ train: 0.3, shuffle: false, validation: null, label_noise: 0 });
    expect(reset).toBe(
      "60 training rows, 100 validation rows and label noise 0.2 belonged to Two moons and were reset.",
    );
  });

  it("keeps numbers of rows where the next data set has as many", () => {
    const split = { train: 60, shuffle: false, validation: 20, label_noise: 0.2 };
    const { draft: next, reset } = withDataset({ ...draft, split }, { ...flowers, split: {} }, both);
    expect(next.split).toEqual({ ...split, label_noise: 0 });
    expect(reset).toBe("Label noise 0.2 belonged to Two moons and was reset.");
  });

  it("resets the output layer where the score is another", () => {
    const output = { ...draft.network.output, kernel_constraint: { kind: "unit_norm", axis: null } };
    const limited = { ...draft, network: { ...draft.network, output } };
    const accurate = { ...both, datasets: [{ ...moons, score: "accuracy" as const }, flowers] };
    const regression = withDataset(limited, { ...flowers, score: "r2" }, accurate);
    expect(regression.draft.network.output.kernel_constraint).toBeNull();
    expect(regression.reset).toContain("output kernel constraint: unit norm");
    expect(withDataset(limited, { ...flowers, score: "accuracy" }, accurate).draft.network.output).toBe(output);
  });

  it("renames an experiment that has a preset's name, with the preset's draws, and says so", () => {
    const drawn = {
      ...both.split.schema.properties,
      draws: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
    };
    const with_draws = {
      ...both,
      split: { schema: { properties: { ...drawn, draws: { ...drawn.draws, phrase: "draws" } } } },
    };
    const given = { ...draft, name: "Tutorial, drawn", split: { ...draft.split, train: 0.3, draws: 20 } };
    const { draft: next, reset } = withDataset(given, flowers, with_draws, ["Tutorial, drawn"]);
    expect(next.name).toBe("flowers");
    expect(next.split.draws).toBeNull();
    expect(reset).toBe(
      "Draws 20 belonged to Two moons and was reset. The experiment is called “flowers” now, no longer “Tutorial, drawn”.",
    );
    const typed = withDataset({ ...given, name: "My own" }, flowers, with_draws, ["Tutorial, drawn"]);
    expect([typed.draft.name, typed.draft.split.draws]).toEqual(["My own", 20]);
  });
});

describe("withSource", () => {
  const field = (widget: string) => ({ type: "string", default: "", widget });
  const table = {
    ...(catalog.datasets[0] as CatalogEntry),
    kind: "table",
    schema: { properties: { file: field("file"), target: field("column") } },
    split: { train: 0.7, shuffle: true },
  };
  const more = {
    by: { enum: ["rows", "group"], default: "rows", phrase: "cut by" },
    label_noise: { type: "number", default: 0, phrase: "label noise" },
    standardize_target: { type: "boolean", default: false, phrase: "standardised target" },
  };
  const tables = {
    ...catalog,
    datasets: [table],
    split: { schema: { properties: { ...catalog.split.schema.properties, ...more } } },
  };
  const before = {
    ...draft,
    dataset: { kind: "table", file: "weights", target: "y" },
    split: { train: 40, shuffle: true, by: "group", label_noise: 0, standardize_target: true },
  };

  it("resets what belonged to the target before", () => {
    const after = { ...before, dataset: { ...before.dataset, target: "colour" } };
    const { draft: next, reset } = withSource(before, after, tables);
    expect(next.dataset).toBe(after.dataset);
    expect(next.split).toEqual({ ...before.split, standardize_target: false });
    expect(reset).toBe("Standardised target belonged to the target before and was reset.");
  });

  it("resets what belonged to the file before, but for what the next one sets itself", () => {
    const after = { ...before, dataset: { ...before.dataset, file: "colours" } };
    expect(withSource(before, after, tables).draft.split).toEqual({
      train: 0.7,
      shuffle: true,
      by: "rows",
      label_noise: 0,
      standardize_target: false,
    });
    const own = { ...after, split: { ...before.split, train: 99 } };
    expect(withSource(before, own, tables).draft.split.train).toBe(99);
  });

  it("resets nothing for the first file", () => {
    const first = { ...before, dataset: { ...before.dataset, file: "" } };
    const after = { ...before };
    expect(withSource(first, after, tables)).toEqual({ draft: after, reset: null });
  });
});

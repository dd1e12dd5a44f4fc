/** The form for every entry of the service's own catalog. */
import { describe, expect, it } from "vitest";
import type { Entry, Schema } from "../api/catalog";
import { defaultFields, defaultsOf, type FieldSpec, fieldsOf, filled } from "../experiment/catalog";
import { type Draft, NO_CHANGES } from "../experiment/draft";
import { catalog, FAMILIES } from "../experiment/liveCatalog";
import { entryText } from "../experiment/phrases";
import { ranked } from "../ui/ranked";
import { check, fieldProblems } from "./check";
import { suggestArms } from "./suggest";

/** Every schema that a form is made from, with its name. */
const forms: [string, Schema][] = [
  ...FAMILIES.flatMap((family) =>
    catalog[family].map((entry): [string, Schema] => [`${family} ${entry.kind}`, entry.schema]),
  ),
  ["split", catalog.split.schema],
  ["output", catalog.output.schema],
  ["training", catalog.training.schema],
];

/** The fields of a schema, and those within them. */
function within(schema: Schema): [FieldSpec, string][] {
  return fieldsOf(schema, catalog).flatMap((spec): [FieldSpec, string][] => {
    const below = spec.type === "object" ? within(spec.schema) : [];
    return [[spec, spec.name], ...below.map(([each, name]): [FieldSpec, string] => [each, `${spec.name}.${name}`])];
  });
}

/** Choices that must be made before a draft can be valid. */
const CHOSEN = new Set(["file", "arrays_file", "column"]);

describe.each(forms)("%s", (_, schema) => {
  it("has a control for every field", () => {
    const names = fieldsOf(schema, catalog).map((spec) => spec.name);
    expect(names).toEqual(Object.keys(schema.properties ?? {}).filter((name) => name !== "kind"));
    for (const [spec, name] of within(schema)) {
      if (spec.type === "entry" || spec.type === "entries") expect(spec.kinds, name).not.toEqual([]);
      if (spec.type === "choice") expect(spec.options.length + Number(spec.nullable), name).toBeGreaterThan(1);
      if (spec.type === "object") expect(fieldsOf(spec.schema, catalog), name).not.toEqual([]);
      expect(spec.title, name).not.toBe("");
    }
  });

  it("begins with nothing wrong, whether what may be left out is or not", () => {
    const values = defaultFields(schema, catalog);
    for (const [spec] of within(schema).filter(([, name]) => !name.includes("."))) {
      if (spec.type === "special" && CHOSEN.has(spec.widget)) continue;
      expect(fieldProblems(spec, values[spec.name], [spec.name], catalog)).toEqual([]);
      if (spec.nullable && spec.type !== "special") {
        expect(fieldProblems(spec, filled(spec, catalog), [spec.name], catalog)).toEqual([]);
      }
    }
  });
});

describe.each(FAMILIES.filter((family) => family !== "datasets"))("%s", (family) => {
  it("are described in words", () => {
    for (const entry of catalog[family]) {
      const text = entryText(defaultsOf(entry, catalog), catalog[family], catalog);
      expect(text).not.toMatch(/undefined|null|object|NaN|[{}]/);
    }
  });
});

/** A network of every kind of layer: none that could be trained, but one that the form must bear. */
const everything: Draft = {
  name: "Everything",
  tags: [],
  dataset: defaultsOf(catalog.datasets[0] as (typeof catalog.datasets)[0], catalog),
  split: defaultFields(catalog.split.schema, catalog),
  network: {
    layers: catalog.layers.map((entry, index): Entry => ({ ...defaultsOf(entry, catalog), name: `layer_${index}` })),
    output: defaultFields(catalog.output.schema, catalog),
  },
  training: defaultFields(catalog.training.schema, catalog),
  seeds: [1],
  arms: [{ name: "baseline", changes: NO_CHANGES }],
};

it("finds each layer by its name", () => {
  const choices = catalog.layers.map(({ kind, title, summary, group }) => ({
    value: kind,
    label: title,
    summary,
    group,
  }));
  for (const { value, label } of choices) expect(ranked(choices, label)[0]?.value).toBe(value);
  expect(ranked(choices, "max pooling 2d")[0]?.value).toBe("max_pooling2d");
});

it("finds nothing wrong with every entry's defaults, nor with the arms that it suggests", () => {
  const suggested = suggestArms(everything, catalog).map(({ arm }) => arm);
  expect(check({ ...everything, arms: [...everything.arms, ...suggested] }, catalog)).toEqual([]);
});

import { describe, expect, it } from "vitest";
import type { Preview } from "../api/types";
import { defaultFields, defaultsOf } from "../experiment/catalog";
import { type Draft, NO_CHANGES } from "../experiment/draft";
import { catalog } from "../experiment/liveCatalog";
import { choiceText, fewText, suiteChoices, suiteName, suiteOf, suiteProblemText } from "./suite";

const entryOfKind = (kind: string) => {
  const entry = catalog.datasets.find((each) => each.kind === kind);
  if (!entry) throw new Error(`no data set ${kind}`);
  return entry;
};
const split = { ...defaultFields(catalog.split.schema, catalog), train: 30 };
const draft: Draft = {
  name: "Two moons",
  tags: [],
  dataset: { ...defaultsOf(entryOfKind("moons"), catalog), noise: 0.4 },
  split,
  network: { layers: [], output: {} },
  training: {},
  seeds: [1, 2],
  arms: ["baseline", "unit norm", "max norm 3"].map((name) => ({ name, changes: NO_CHANGES })),
};
const preview = { sizes: { train: 30, validation: 0, test: 70, holdout: 0 }, task: "binary" } as unknown as Preview;
const file = {
  id: "f".repeat(64),
  name: "wages.csv",
  reading: { format: "text", types: {} },
  rows: 50,
  columns: [{ name: "a" }, { name: "b" }],
  proposed_target: "b",
} as never;

describe("suiteChoices", () => {
  const choices = suiteChoices(draft, catalog, [file], preview);

  it("has the draft's own data set with its settings, and others of the same score and shape", () => {
    const [own] = choices.filter((each) => each.own);
    expect(own).toMatchObject({ label: "Two moons", dataset: { noise: 0.4 }, split });
    const kinds = choices.map(({ dataset }) => dataset.kind);
    expect(kinds).toContain("iris");
    expect(kinds).toContain("spirals");
    for (const left of ["diabetes", "sine", "delayed_recall", "mnist"]) expect(kinds).not.toContain(left);
  });

  it("takes the same share of every data set, and keeps what suits each", () => {
    const iris = choices.find((each) => each.id === "iris");
    expect(iris?.split).toMatchObject({ train: 0.3, shuffle: true, standardize: true });
  });

  it("offers uploaded tables, with the target that the lab proposes, without ticking them", () => {
    const table = choices.find((each) => each.name === "wages.csv");
    expect(table).toMatchObject({ proposed: false, dataset: { file: "f".repeat(64), target: "b" } });
    expect(table && choiceText(table)).toBe("wages.csv, 50 rows, target b");
    expect(choices[0] && choiceText({ ...choices[0], own: true })).toBe("Two moons, as it is set here");
  });

  it("tells files of one name apart, in the list and in the suite", () => {
    const other = { ...(file as object), id: "e".repeat(64), rows: 51 } as never;
    const both = suiteChoices(draft, catalog, [file, other], preview).filter((each) => each.name === "wages.csv");
    expect(both.map(choiceText)).toEqual(["wages.csv, 50 rows, target b", "wages.csv, 51 rows, target b"]);
    const body = suiteOf(draft, both, { name: "x", seeds: [1] }, catalog);
    expect((body.datasets as { name: string }[]).map(({ name }) => name)).toEqual(["wages.csv", "wages.csv 2"]);
  });

  it("compares regressions with regressions", () => {
    const sine = { ...draft, dataset: defaultsOf(entryOfKind("sine"), catalog) };
    const kinds = suiteChoices(sine, catalog, [], null).map(({ dataset }) => dataset.kind);
    expect(kinds).toContain("diabetes");
    expect(kinds).not.toContain("moons");
  });
});

it("warns of too few data sets for a verdict", () => {
  expect(fewText(3, 4, 8)).toBe(
    "3 data sets: no verdict over data sets can come of it; with 3 arms to compare it needs 8.",
  );
  expect(fewText(3, 2, 6)).toBe("3 data sets: no verdict over data sets can come of it; it needs 6.");
  expect(fewText(8, 4, 8)).toBeNull();
  expect(fewText(3, 4, null)).toBeNull();
});

it("posts the draft's network, arms and seeds on the chosen data sets", () => {
  const choices = suiteChoices(draft, catalog, [], preview).slice(0, 2);
  const body = suiteOf(draft, choices, { name: suiteName(draft), seeds: [1, 2, 3] }, catalog);
  expect(body).toMatchObject({
    name: "unit norm, max norm 3 on several data sets",
    seeds: [1, 2, 3],
    arms: draft.arms,
  });
  expect(body.datasets).toMatchObject(choices.map(({ label, name = label, dataset }) => ({ name, dataset })));
  expect(body).not.toHaveProperty("sweep");
  const problem = { location: ["datasets", 1, "split", "train"], message: "Too many" };
  expect(suiteProblemText(problem, choices)).toBe(`${choices[1]?.label}: Too many`);
  expect(suiteProblemText({ location: ["arms", 0], message: "Taken" }, choices)).toBe("Taken");
});

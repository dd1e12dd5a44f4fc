import { describe, expect, it } from "vitest";
import type { Fields } from "../../api/catalog";
import type { ColumnView, FileView } from "../../api/types";
import { entryOf, widgetField } from "../../experiment/catalog";
import type { Draft } from "../../experiment/draft";
import { draft as moons } from "../../experiment/fixture";
import { catalog } from "../../experiment/liveCatalog";
import { fieldText } from "../../experiment/phrases";
import {
  applies,
  chosenOf,
  columnText,
  featuresOf,
  guessText,
  matching,
  optionsFor,
  othersOf,
  targetsOf,
  targetText,
  treatmentFields,
  treatmentText,
  withFile,
  withMoreTargets,
  withReread,
  withTreatment,
} from "./columns";
import { column, file } from "./fixture";

const entry = entryOf(catalog.datasets, "table");
const spec = entry && widgetField(entry, "treatments", catalog);
const specs = treatmentFields(spec, catalog);
const field = (name: string) => specs.find((each) => each.name === name) as (typeof specs)[number];

const age = column({ name: "age", missing: 12, distinct: 40, values: ["1", "2.5", "4"] });
const colour = column({ name: "colour", type: "category", distinct: 3, values: ["blue", "green", "red"] });
const born = column({ name: "born", type: "date", distinct: 9, values: ["2001-02-03"] });
const id = column({ name: "id", left_out: "counts the rows" });
const price = column({ name: "price", missing: 1 });
const table: FileView = file([age, colour, id, price, born]);
const reasons = new Map([["id", "counts the rows"]]);
const at = ["dataset", "file"];

const draftWith = (dataset: Fields): Draft => ({ ...moons, dataset: { kind: "table", ...dataset } });

describe("the target", () => {
  it("says what becomes of rows without it", () => {
    expect(targetText(price)).toBe("1 row without it is left out");
    expect(targetText(age)).toBe("12 rows without it are left out");
    expect(targetText(colour)).toBe("");
  });
});

describe("features", () => {
  const others = othersOf(table, ["price"]);
  const names = (chosen: Set<string>) => [...chosen];

  it("are proposed: all that no reason leaves out", () => {
    expect(names(chosenOf(others, null, reasons))).toEqual(["age", "colour", "born"]);
    expect(featuresOf(others, new Set(["born", "colour", "age"]), reasons)).toBeNull();
  });

  it("are listed in the file's order where they are others", () => {
    expect(featuresOf(others, new Set(["id", "age"]), reasons)).toEqual(["age", "id"]);
    expect(featuresOf(others, new Set(["age", "colour", "born", "id"]), reasons)).toEqual([
      "age",
      "colour",
      "id",
      "born",
    ]);
    expect(featuresOf(others, new Set(), reasons)).toEqual([]);
    expect(names(chosenOf(others, ["id"], reasons))).toEqual(["id"]);
  });
});

describe("a file that is chosen", () => {
  it("has its target and is else as proposed", () => {
    const set = { file: "old", target: "x", features: ["y"], treatments: [{ column: "y" }], test_file: "older" };
    const before = draftWith(set);
    expect(withFile(before, at, table).dataset).toEqual({
      kind: "table",
      file: table.id,
      target: "price",
      more_targets: [],
      features: null,
      treatments: [],
      test_file: null,
    });
  });
});

describe("a file that is read otherwise", () => {
  const set = { features: ["age", "id"], treatments: [{ column: "age", missing: "drop" }], target: "price" };

  it("keeps the names that are still there", () => {
    const next = file([age, price, born], { id: "next" });
    expect(withReread(draftWith({ file: table.id, ...set }), at, next, table).dataset).toMatchObject({
      file: "next",
      target: "price",
      features: ["age"],
      treatments: [{ column: "age", missing: "drop" }],
    });
  });

  it("has the target in the same place where the names are others", () => {
    const names = ["column 1", "column 2", "column 3", "column 4", "column 5"];
    const next = file(
      names.map((name) => column({ name })),
      { id: "next" },
    );
    expect(withReread(draftWith({ file: table.id, ...set }), at, next, table).dataset).toMatchObject({
      target: "column 4",
      features: null,
      treatments: [],
    });
    const fewer = file([age, colour], { id: "next" });
    expect(withReread(draftWith({ file: table.id, ...set }), at, fewer, table).dataset.target).toBe("colour");
  });

  it("has no target among its features", () => {
    const gone = { file: table.id, target: "price", features: ["colour", "age"] };
    const dataset = withReread(draftWith(gone), at, file([age, colour]), table).dataset;
    expect(dataset).toMatchObject({ target: "colour", features: ["age"] });
  });
});

describe("treatments", () => {
  it("have only what is not as proposed", () => {
    const dropped = withTreatment([], "age", { missing: "drop" }, specs);
    expect(dropped).toEqual([{ column: "age", missing: "drop" }]);
    const scaled = withTreatment(dropped, "age", { scale: "robust" }, specs);
    expect(scaled).toEqual([{ column: "age", missing: "drop", scale: "robust" }]);
    expect(withTreatment(scaled, "born", { scale: "none" }, specs)).toHaveLength(2);
    expect(withTreatment(scaled, "age", { missing: "auto", scale: "auto" }, specs)).toEqual([]);
    // As the service writes them out.
    const full = [{ column: "age", missing: "mean", fill_value: null, indicator: null, scale: "auto", most: null }];
    expect(withTreatment(full, "age", { indicator: false }, specs)).toEqual([
      { column: "age", missing: "mean", indicator: false },
    ]);
  });

  it("have the fields that say anything of the column", () => {
    const names = (each: ColumnView, treatment: Fields = {}) =>
      specs.filter((one) => applies(one, each, treatment)).map(({ name }) => name);
    expect(names(age)).toEqual(["missing", "indicator", "scale"]);
    expect(names(age, { missing: "drop" })).toEqual(["missing", "scale"]);
    expect(names(age, { missing: "constant" })).toEqual(["missing", "fill_value", "indicator", "scale"]);
    expect(names(colour)).toEqual(["scale", "categories", "most"]);
    expect(names(colour, { categories: "hash" })).toEqual(["scale", "categories", "n_features"]);
  });

  it("have the choices that suit the column, and say what is chosen unless one says so", () => {
    const choice = (name: string, each: ColumnView, standardized = true) => {
      const found = field(name);
      if (found.type !== "choice") throw new Error(name);
      return optionsFor(found, each, standardized).map(({ label }) => label);
    };
    expect(choice("missing", age)).toEqual(["auto: median", "drop", "mean", "median", "most frequent", "constant"]);
    expect(choice("missing", colour)).toEqual(["auto: category", "drop", "most frequent", "constant", "category"]);
    expect(choice("scale", age)[0]).toBe("auto: standard");
    expect(choice("scale", age, false)[0]).toBe("auto: none");
    expect(choice("categories", colour)).toEqual(["auto: one hot", "one hot", "ordinal", "hash"]);
  });

  it("are told in few words", () => {
    expect(treatmentText(age, {}, specs)).toBe("12 missing: median");
    expect(treatmentText(age, { missing: "drop", scale: "min_max" }, specs)).toBe(
      "12 missing: rows dropped; scale min max",
    );
    expect(treatmentText(age, { missing: "constant", fill_value: 3, indicator: false }, specs)).toBe(
      "12 missing: constant 3; no indicator",
    );
    expect(treatmentText(colour, { categories: "auto", most: null }, specs)).toBe("");
    if (spec)
      expect(fieldText(spec, [{ column: "age", missing: "drop" }], catalog)).toBe("column age, missing values drop");
  });
});

describe("columns", () => {
  it("are told by their type and some values", () => {
    expect(columnText(age)).toBe("number: 1, 2.5, 4, …");
    expect(columnText(colour)).toBe("3 categories: blue, green, red");
    expect(columnText(column({ type: "category", values: ["x".repeat(60)], distinct: 1 }))).toBe(
      `1 category: ${"x".repeat(23)}…`,
    );
    expect(columnText(column({ values: [], distinct: 0 }))).toBe("number");
    expect(columnText({ ...born, values: ["2001-02-03 00:00:00"], distinct: 1 })).toBe("date: 2001-02-03");
  });

  it("are found by a part of their names", () => {
    expect(matching(table.columns, " OR").map(({ name }) => name)).toEqual(["born"]);
    expect(matching(table.columns, " ")).toHaveLength(5);
  });
});

describe("further targets", () => {
  const yes = column({ name: "yes", type: "category", distinct: 2, values: ["no", "yes"] });
  const one = column({ name: "one", distinct: 2, values: ["0", "1"] });
  const several = file([age, price, yes, one, colour]);
  const beside = ["dataset", "more_targets"];
  const stratified = (fields: Fields): Draft => ({
    ...draftWith({ file: several.id, target_type: "auto", more_targets: [], features: null, ...fields }),
    split: { by: "stratified", shuffle: false, train: 0.7 },
  });

  it("are told as what they are predicted as, and nothing where they don't go together", () => {
    expect(guessText(several, ["yes", "one"], "auto")).toBe("2 labels at once: each column has two values.");
    expect(guessText(several, ["age", "price"], "auto")).toBe("2 targets at once: all are numbers.");
    expect(guessText(several, ["one", "price"], "number")).toBe("2 targets at once: all are numbers.");
    expect(guessText(several, ["one", "price"], "auto")).toBe("");
    expect(guessText(several, ["yes", "price"], "auto")).toBe("");
    expect(guessText(several, ["yes", "colour"], "auto")).toBe("");
  });

  it("that are labels shuffle the rows, which can't be stratified then, until there are none", () => {
    const before = stratified({ target: "yes", features: ["age", "one"] });
    const labels = withMoreTargets(before, beside, ["one"], several, catalog);
    expect(labels.dataset).toMatchObject({ more_targets: ["one"], features: ["age"] });
    expect(labels.split).toMatchObject({ by: "rows", shuffle: true, train: 0.7 });
    expect(withMoreTargets(labels, beside, [], several, catalog).split).toEqual(before.split);
  });

  it("that are numbers leave the split as it is", () => {
    const before = stratified({ target: "age" });
    const numbers = withMoreTargets(before, beside, ["price"], several, catalog);
    expect(numbers.split).toBe(before.split);
    expect(targetsOf(numbers.dataset)).toEqual(["age", "price"]);
    expect(othersOf(several, targetsOf(numbers.dataset)).map(({ name }) => name)).toEqual(["yes", "one", "colour"]);
  });
});

import { describe, expect, it } from "vitest";
import type { ArraysFile } from "../../api/types";
import type { Draft } from "../../experiment/draft";
import { arraysText, withArrays } from "./ArraysField";

const FILE: ArraysFile = {
  kind: "arrays",
  id: "a".repeat(64),
  name: "digits.npz",
  bytes: 1,
  rows: 70_000,
  uploaded_at: "2026-01-01T00:00:00Z",
  notes: [],
  format: "npz",
  shape: [28, 28],
  dtype: "uint8",
  target_type: "category",
  distinct: 10,
  classes: [],
  sets: {},
  has_groups: false,
  columns: [],
  group_column: null,
  far_features: false,
};
const DRAFT = {
  name: "Mine",
  dataset: { kind: "arrays", file: "" },
  split: { train: 0.7, shuffle: true, standardize: false },
} as unknown as Draft;
const AT = ["dataset", "file"];

describe("a chosen file of arrays", () => {
  it("keeps the split where the file has none", () => {
    const draft = withArrays(DRAFT, AT, FILE);
    expect(draft.dataset.file).toBe(FILE.id);
    expect(draft.split).toEqual(DRAFT.split);
  });

  it("brings the file's own split, in the order of its rows", () => {
    const two = withArrays(DRAFT, AT, { ...FILE, sets: { train: 60_000, test: 10_000 } });
    expect(two.split).toMatchObject({ train: 60_000, validation: null, shuffle: false });
    const three = withArrays(DRAFT, AT, { ...FILE, sets: { train: 50_000, validation: 10_000, test: 10_000 } });
    expect(three.split).toMatchObject({ train: 50_000, validation: 10_000, shuffle: false });
    const tested = withArrays(DRAFT, AT, { ...FILE, sets: { train: 60_000, validation: 10_000 } });
    expect(tested.split).toMatchObject({ train: 60_000, validation: null, shuffle: false });
  });

  it("is cut by its groups", () => {
    const grouped = { ...FILE, columns: [{ name: "subjects", type: "number" as const, distinct: 9 }] };
    const proposed = withArrays(DRAFT, AT, { ...grouped, group_column: "subjects" });
    expect(proposed.split).toEqual({ ...DRAFT.split, by: "group", column: "subjects" });
    expect(withArrays(proposed, AT, grouped).split).toEqual(proposed.split);
    const other = withArrays(proposed, AT, FILE);
    expect(other.split).toEqual({ ...DRAFT.split, by: "rows", column: null });
    const own = withArrays(proposed, AT, {
      ...grouped,
      group_column: "subjects",
      sets: { train: 60_000, test: 10_000 },
    });
    expect(own.split).toMatchObject({ by: "rows", column: null, train: 60_000, shuffle: false });
  });

  it("is standardised where its features lie far from 1, and not for the file before it", () => {
    const volts = withArrays(DRAFT, AT, { ...FILE, far_features: true });
    expect(volts.split.standardize).toBe(true);
    expect(withArrays(volts, AT, FILE).split.standardize).toBe(false);
  });

  it("names what nobody has named", () => {
    const name = (draft: string, file = "digits.npz") =>
      withArrays({ ...DRAFT, name: draft }, AT, { ...FILE, name: file }).name;
    expect(name("Mine")).toBe("Mine");
    expect(name("Your own arrays or pictures")).toBe("digits.npz");
    expect(name("digits.npz", "more.npz")).toBe("more.npz");
    expect(name("v1. of 2")).toBe("v1. of 2");
  });

  it("is told in words", () => {
    expect(arraysText(FILE)).toBe("70,000 examples of 28 × 28, 10 classes");
    expect(arraysText({ ...FILE, target_type: "number" })).toBe("70,000 examples of 28 × 28");
  });
});

import { describe, expect, it } from "vitest";
import type { Reading } from "../../api/types";
import { column, file } from "./fixture";
import {
  changesColumns,
  FOUND,
  fieldsFor,
  fileTexts,
  isSameReading,
  missingIn,
  missingText,
  readingText,
  withReading,
  withType,
} from "./reading";

const columns = [column({ name: "zip" }), column({ name: "city", type: "category" })];
const plain: Reading = {
  format: "text",
  encoding: "utf-8",
  delimiter: ",",
  skip: 0,
  header: true,
  decimal: ".",
  thousands: "",
  missing: ["", "na", "?"],
  types: {},
};
const read = (more: Partial<Reading>, id = "a") => file(columns, { id, reading: { ...plain, ...more } });

describe("readingText", () => {
  it.each<[Partial<Reading>, string]>([
    [{}, "Read as text, separated by commas, UTF-8, first row is the header"],
    [
      { delimiter: ";", decimal: ",", encoding: "windows-1252" },
      "Read as text, separated by semicolons, decimal comma, Windows-1252, first row is the header",
    ],
    [
      { delimiter: "\t", thousands: "'", skip: 1, header: false, types: { zip: "category" } },
      "Read as text, separated by tabs, thousands set apart by apostrophes, UTF-8, without 1 line above the table, no header, zip as category",
    ],
    [
      { format: "spreadsheet", sheet: "Data", skip: 2, delimiter: null, encoding: null },
      "Read as a workbook, sheet “Data”, without 2 rows above the table, first row is the header",
    ],
    [
      { date_order: "day first" },
      "Read as text, separated by commas, dates with the day first, UTF-8, first row is the header",
    ],
    [{ format: "parquet", delimiter: null, encoding: null, header: null }, "Read as Parquet"],
  ])("says how a file was read: %j", (reading, text) => {
    expect(readingText(read(reading))).toBe(text);
  });
});

describe("fileTexts", () => {
  it("sets apart the ways in which one file was read", () => {
    const files = [read({}, "a"), read({ header: false }, "b"), file(columns, { id: "c", name: "other.csv" })];
    expect(fileTexts(files)).toEqual([
      "table.csv, 40 rows, first row is the header",
      "table.csv, 40 rows, no header",
      "other.csv, 40 rows",
    ]);
  });

  it("sets apart files of one name and size, also of one minute", () => {
    const early = { uploaded_at: "2026-01-02T03:04:05Z" };
    const files = [
      file(columns, { id: "1234567890", ...early }),
      file(columns, { id: "abcdefghij", ...early }),
      file(columns, { id: "c", uploaded_at: "2026-02-03T04:05:06Z" }),
    ];
    const [one, other, last] = fileTexts(files);
    expect(one).toMatch(/^table.csv, 40 rows, uploaded .*2026.*, 12345678$/);
    expect(other).toMatch(/abcdefgh$/);
    expect(last).toMatch(/^table.csv, 40 rows, uploaded .*2026/);
    expect(last).not.toMatch(/, c$/);
  });
});

describe("a correction", () => {
  it("lets what follows from it be found anew", () => {
    expect(withReading({ ...plain, types: { zip: "category" } }, { delimiter: ";" })).toMatchObject({
      delimiter: ";",
      header: null,
      decimal: null,
      thousands: null,
      encoding: "utf-8",
      types: {},
    });
    expect(withReading({ ...plain, types: { zip: "category" } }, { decimal: "," })).toMatchObject({
      thousands: null,
      types: { zip: "category" },
    });
  });

  it("is of other columns, or only of their values", () => {
    expect(changesColumns({ ...plain, header: false }, plain)).toBe(true);
    expect(changesColumns({ ...plain, decimal: ",", missing: [] }, plain)).toBe(false);
  });

  it("is one where anything differs", () => {
    const { missing: _, ...others } = plain;
    expect(isSameReading({ ...others, missing: ["", "na", "?"], sheet: null }, plain)).toBe(true);
    expect(isSameReading({ ...plain, missing: ["", "na"] }, plain)).toBe(false);
    expect(isSameReading({ ...plain, types: { zip: "date" } }, plain)).toBe(false);
    expect(isSameReading(FOUND, plain)).toBe(false);
  });

  it("has the fields of its format", () => {
    expect(fieldsFor(read({}))).toContain("delimiter");
    expect(fieldsFor(read({ format: "spreadsheet" }))).toContain("sheet");
    expect(fieldsFor(read({ format: "parquet" }))).toEqual(["missing"]);
    expect(fieldsFor(read({}))).not.toContain("date_order");
    const dated = file([...columns, column({ name: "day", type: "date" })], { reading: plain });
    expect(fieldsFor(dated)).toContain("date_order");
  });

  it("has a type where it is not the one found", () => {
    expect(withType(plain, "zip", "category", read({})).types).toEqual({ zip: "category" });
    expect(withType({ ...plain, types: { zip: "category" } }, "zip", "number", read({})).types).toEqual({});
    // A type that was chosen before is not known to be the one found.
    const given = read({ types: { city: "category" } });
    expect(withType(given.reading, "city", "category", given).types).toEqual({ city: "category" });
  });
});

it("lists what stands for no value", () => {
  expect(missingText(["", "na", "?"])).toBe("na, ?");
  expect(missingText(null)).toBe("");
  expect(missingIn("na, ?,, -1 ")).toEqual(["na", "?", "-1"]);
});

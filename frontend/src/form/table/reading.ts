/** How an uploaded file was read, in words and as fields that can be corrected. */
import type { FileView, Reading } from "../../api/types";
import { plural } from "../../format";
import { toldApart } from "./toldApart";

type Field = Exclude<keyof Reading, "format" | "types">;
type Options<Name extends Field> = Readonly<Record<NonNullable<Reading[Name]> & string, string>>;

export const DELIMITERS: Options<"delimiter"> = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
  "|": "vertical bar",
  " ": "space",
};
export const DECIMALS: Options<"decimal"> = { ".": "point", ",": "comma" };
export const THOUSANDS: Options<"thousands"> = {
  "": "none",
  ",": "comma",
  ".": "point",
  " ": "space",
  "'": "apostrophe",
};
export const ENCODINGS: Options<"encoding"> = {
  "utf-8": "UTF-8",
  "utf-16": "UTF-16",
  "windows-1252": "Windows-1252",
  "latin-1": "Latin-1",
};
export const DATE_ORDERS: Options<"date_order"> = { "day first": "day first", "month first": "month first" };
const FORMATS: Readonly<Record<NonNullable<Reading["format"]>, string>> = {
  text: "text",
  spreadsheet: "a workbook",
  parquet: "Parquet",
  feather: "Feather",
  json: "JSON",
  "json lines": "JSON lines",
  arff: "ARFF",
};

/** What can be corrected in each format, in the order of the form. */
const FIELDS: Readonly<Record<NonNullable<Reading["format"]>, readonly Field[]>> = {
  text: ["header", "delimiter", "decimal", "thousands", "date_order", "encoding", "skip", "missing"],
  spreadsheet: ["header", "sheet", "skip", "decimal", "thousands", "date_order", "missing"],
  parquet: ["missing"],
  feather: ["missing"],
  json: ["decimal", "thousands", "date_order", "missing"],
  "json lines": ["decimal", "thousands", "date_order", "missing"],
  arff: ["missing"],
};

/** The order of dates is asked for only where there are dates. */
export function fieldsFor({ reading, columns }: Pick<FileView, "reading" | "columns">): readonly Field[] {
  const hasDates = columns.some(({ type }) => type === "date");
  return FIELDS[reading.format ?? "text"].filter((field) => field !== "date_order" || hasDates);
}

/** Phrases on how a file was read, as far as it isn't as one would think. */
function parts({ reading, columns }: FileView): string[] {
  const { format, delimiter, decimal, thousands, date_order, encoding, header, skip, sheet, types } = reading;
  const has = fieldsFor({ reading, columns });
  const said = [
    delimiter && format === "text" ? `separated by ${DELIMITERS[delimiter]}s` : "",
    decimal === "," ? "decimal comma" : "",
    thousands ? `thousands set apart by ${THOUSANDS[thousands]}s` : "",
    date_order ? `dates with the ${date_order}` : "",
    encoding && format === "text" ? ENCODINGS[encoding] : "",
    sheet ? `sheet “${sheet}”` : "",
    skip ? `without ${format === "text" ? plural(skip, "line") : plural(skip, "row")} above the table` : "",
    has.includes("header") ? (header === false ? "no header" : "first row is the header") : "",
    ...Object.entries(types ?? {}).map(([name, type]) => `${name} as ${type}`),
  ];
  return said.filter(Boolean);
}

/** "Read as text, separated by semicolons, decimal comma, Windows-1252, first row is the header". */
export function readingText(file: FileView): string {
  return [`Read as ${FORMATS[file.reading.format ?? "text"]}`, ...parts(file)].join(", ");
}

function textAmong(file: FileView, files: readonly FileView[]): string {
  const others = files.filter((each) => each.name === file.name && each.id !== file.id).map(parts);
  const own = parts(file).filter((part) => !others.every((each) => each.includes(part)));
  return [file.name, plural(file.rows, "row"), ...(others.length ? own : [])].join(", ");
}

/**
 * Files as they are listed, in their order: one that was read in several ways with what sets each apart, others of one
 * name and size with the time of their upload.
 */
export function fileTexts(files: readonly FileView[]): string[] {
  return toldApart(
    files.map((each) => textAmong(each, files)),
    files,
  );
}

/** Fields that are found anew where another is changed. */
const FOUND_ANEW: Partial<Readonly<Record<Field, readonly Field[]>>> = {
  sheet: ["skip", "header", "decimal", "thousands"],
  delimiter: ["header", "decimal", "thousands"],
  skip: ["header"],
  decimal: ["thousands"],
};
/** Fields with which the columns change, and so the types that were chosen for them. */
const OF_COLUMNS: readonly Field[] = ["sheet", "delimiter", "skip", "header", "encoding"];

/** `reading` with a field changed; what followed from that is to be found from the file again, as null says. */
export function withReading(reading: Reading, change: Partial<Reading>): Reading {
  const [name] = Object.keys(change) as Field[];
  const anew = Object.fromEntries((name ? (FOUND_ANEW[name] ?? []) : []).map((each) => [each, null]));
  const types = name && OF_COLUMNS.includes(name) ? {} : reading.types;
  return { ...reading, ...anew, types, ...change };
}

/** Whether columns are others than those that are shown until `reading` is applied. */
export function changesColumns(reading: Reading, shown: Reading): boolean {
  return OF_COLUMNS.some((name) => reading[name] !== shown[name]);
}

/** Everything to be found from the file. */
export const FOUND: Reading = { types: {} };

export function isSameReading(one: Reading, other: Reading): boolean {
  const written = ({ types, ...fields }: Reading) =>
    JSON.stringify([
      ...Object.entries(fields)
        .filter(([, value]) => value !== null && value !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
      Object.entries(types ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  return written(one) === written(other);
}

/** Cells that stand for no value as they are typed: "na, n/a". An empty cell always does. */
export function missingText(missing: readonly string[] | null | undefined): string {
  return (missing ?? []).filter(Boolean).join(", ");
}

export function missingIn(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}

/** Types as they are chosen for columns; one that was found needs no choice. */
export function withType(
  reading: Reading,
  name: string,
  type: FileView["columns"][number]["type"],
  shown: FileView,
): Reading {
  const { [name]: _, ...others } = reading.types ?? {};
  const isShown = shown.columns.find((each) => each.name === name)?.type === type;
  const wasGiven = name in (shown.reading.types ?? {});
  return { ...reading, types: isShown && !wasGiven ? others : { ...others, [name]: type } };
}

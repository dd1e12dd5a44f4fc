/** Columns of an uploaded table: which are predicted from, and how they are prepared. */
import type { Catalog, Fields, Json } from "../../api/catalog";
import type { Location } from "../../api/problem";
import type { ColumnView, FileView } from "../../api/types";
import { type FieldSpec, fieldsOf, type SpecialSpec } from "../../experiment/catalog";
import { type Draft, getIn, setIn } from "../../experiment/draft";
import { plain } from "../../experiment/phrases";
import { count, plural } from "../../format";

/** Reasons why columns are no features unless one says so, by their names. */
export type Reasons = ReadonlyMap<string, string>;

/** All columns but the target. */
export function othersOf({ columns }: FileView, target: Json | undefined): ColumnView[] {
  return columns.filter(({ name }) => name !== target);
}

/** Names of the features: those given or, where `features` is null, all that no reason leaves out. */
export function chosenOf(others: readonly ColumnView[], features: Json | undefined, reasons: Reasons): Set<string> {
  if (Array.isArray(features)) return new Set(features.map(String));
  return new Set(others.map(({ name }) => name).filter((name) => !reasons.has(name)));
}

/** The value of `features` that chooses these names; null where they are the ones that are proposed. */
export function featuresOf(others: readonly ColumnView[], chosen: ReadonlySet<string>, reasons: Reasons): Json {
  const isProposed = others.every(({ name }) => chosen.has(name) !== reasons.has(name));
  return isProposed ? null : others.map(({ name }) => name).filter((name) => chosen.has(name));
}

/** The draft's fields of a file: its id, the target, the features and the treatments, the latter as proposed. */
export function withFile(draft: Draft, at: Location, file: FileView): Draft {
  const around = at.slice(0, -1);
  const own: Fields = { [String(at.at(-1))]: file.id, target: file.proposed_target, features: null, treatments: [] };
  const dataset = (getIn(draft, around) ?? {}) as Fields;
  return setIn(draft, around, { ...dataset, ...own });
}

/**
 * The draft with `file`, which is `before` read otherwise. Columns are known by their names; a target whose name is gone
 * is the column in its place.
 */
export function withReread(draft: Draft, at: Location, file: FileView, before: FileView): Draft {
  const around = at.slice(0, -1);
  const dataset = (getIn(draft, around) ?? {}) as Fields;
  const names = new Set(file.columns.map(({ name }) => name));
  const place = before.columns.findIndex(({ name }) => name === dataset.target);
  const inPlace = file.columns.length === before.columns.length ? file.columns[place]?.name : undefined;
  const target = names.has(String(dataset.target)) ? String(dataset.target) : (inPlace ?? file.proposed_target);
  const kept = Array.isArray(dataset.features)
    ? dataset.features.filter((name) => names.has(String(name)) && name !== target)
    : [];
  const treatments = treatmentsIn(dataset.treatments).filter(({ column }) => names.has(String(column)));
  const own: Fields = { [String(at.at(-1))]: file.id, target, features: kept.length ? kept : null, treatments };
  return setIn(draft, around, { ...dataset, ...own });
}

export function treatmentsIn(value: Json | undefined): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}

/** Fields of a treatment, without the name of its column. */
export function treatmentFields(spec: SpecialSpec | undefined, catalog: Catalog): FieldSpec[] {
  return spec?.schema ? fieldsOf(spec.schema, catalog).filter(({ name }) => name !== "column") : [];
}

const same = (one: Json | undefined, other: Json | undefined) =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** `treatments` with a field of one column's changed. One that is as proposed is left out. */
export function withTreatment(
  treatments: readonly Fields[],
  column: string,
  change: Fields,
  specs: readonly FieldSpec[],
): Fields[] {
  const index = treatments.findIndex((each) => each.column === column);
  const all: Fields = { ...treatments[index], ...change };
  const set = specs.filter((spec) => all[spec.name] !== undefined && !same(all[spec.name], spec.default));
  const next: Fields = { column, ...Object.fromEntries(set.map(({ name }) => [name, all[name] ?? null])) };
  if (set.length === 0) return treatments.filter((each) => each.column !== column);
  return index < 0 ? [...treatments, next] : treatments.with(index, next);
}

/** Ways to fill missing values that a type of column has. */
const FILLS: Readonly<Record<ColumnView["type"], readonly string[]>> = {
  number: ["auto", "drop", "mean", "median", "most_frequent", "constant"],
  category: ["auto", "drop", "most_frequent", "constant", "category"],
  date: ["auto", "drop", "mean", "median", "most_frequent"],
};

/** Whether a field of its treatment says anything of `column`. */
export function applies({ name }: FieldSpec, { type, missing }: ColumnView, treatment: Fields): boolean {
  if (name in treatment) return true;
  if (name === "missing") return missing > 0;
  if (name === "fill_value") return treatment.missing === "constant";
  if (name === "indicator") return missing > 0 && treatment.missing !== "drop";
  if (name === "most") return type === "category" && treatment.categories !== "hash";
  if (name === "n_features") return type === "category" && treatment.categories === "hash";
  return name === "scale" || type === "category";
}

/** Options of a treatment's choice that suit `column`, each with its words; "auto" with what it stands for. */
export function optionsFor(
  spec: FieldSpec & { type: "choice" },
  { type }: ColumnView,
  standardized: boolean,
): { value: string; label: string }[] {
  const auto: Readonly<Record<string, string>> = {
    missing: type === "category" ? "category" : "median",
    scale: standardized ? "standard" : "none",
    categories: "one_hot",
  };
  return spec.options
    .map(String)
    .filter((option) => spec.name !== "missing" || FILLS[type].includes(option))
    .map((option) => ({
      value: option,
      label: (option === "auto" ? `auto: ${auto[spec.name] ?? ""}` : option).replaceAll("_", " "),
    }));
}

/** Whether missing values are marked in a column of their own, unless one says so. */
export function isMarked({ type }: ColumnView): boolean {
  return type !== "category";
}

const LONGEST = 24;
const EXAMPLES = 3;

const MIDNIGHT = / 00:00:00$/;

const short = (value: string) => (value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value);

/** A column's type and some of its values: "number: 1, 2.5, 4, …", "3 categories: blue, green, red". */
export function columnText({ type, distinct, values }: ColumnView): string {
  const kind = type === "category" ? `${count(distinct)} ${distinct === 1 ? "category" : "categories"}` : type;
  if (values.length === 0) return type;
  const more = distinct > EXAMPLES ? ", …" : "";
  return `${kind}: ${values
    .slice(0, EXAMPLES)
    .map((value) => short(type === "date" ? value.replace(MIDNIGHT, "") : value))
    .join(", ")}${more}`;
}

/** A column's gaps and how they are filled, and what else is set of its treatment: "12 missing: median; scale robust". */
export function treatmentText(column: ColumnView, treatment: Fields, specs: readonly FieldSpec[]): string {
  const { missing, type } = column;
  const fill = String(treatment.missing ?? "auto").replaceAll("_", " ");
  const filled = fill === "auto" ? (type === "category" ? "category" : "median") : fill;
  const constant = fill === "constant" ? ` ${plain(treatment.fill_value)}` : "";
  const gaps = missing ? [`${count(missing)} missing: ${filled === "drop" ? "rows dropped" : filled}${constant}`] : [];
  const others = specs
    .filter(({ name }) => !["missing", "fill_value"].includes(name) && treatment[name] !== undefined)
    .filter((spec) => !same(treatment[spec.name], spec.default))
    .map(({ name, phrase, type: kind }) =>
      kind === "flag" ? `${treatment[name] ? "" : "no "}${phrase}` : `${phrase} ${plain(treatment[name])}`,
    );
  return [...gaps, ...others].join("; ").replaceAll("_", " ");
}

/** Gaps of the target: rows without it can't be learnt from. */
export function targetText({ missing }: ColumnView): string {
  return missing ? `${plural(missing, "row")} without it ${missing === 1 ? "is" : "are"} left out` : "";
}

/** Those of `columns` whose name has `search` in it, in any case. */
export function matching(columns: readonly ColumnView[], search: string): readonly ColumnView[] {
  const wanted = search.trim().toLowerCase();
  return wanted ? columns.filter(({ name }) => name.toLowerCase().includes(wanted)) : columns;
}

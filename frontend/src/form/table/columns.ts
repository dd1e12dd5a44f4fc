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

/** Names of the columns that are predicted: the target, then the further ones. */
export function targetsOf({ target, more_targets: more }: Fields): string[] {
  return [String(target ?? ""), ...(Array.isArray(more) ? more.map(String) : [])];
}

/** All columns but those that are predicted. */
export function othersOf({ columns }: FileView, targets: readonly string[]): ColumnView[] {
  return columns.filter(({ name }) => !targets.includes(name));
}

/** Whether the columns of these names are several labels: each has two values. */
function areLabels({ columns }: FileView, names: readonly string[], type: Json | undefined): boolean {
  const distinct = new Map(columns.map((column) => [column.name, column.distinct]));
  return type !== "number" && names.every((name) => distinct.get(name) === 2);
}

/** What several columns are predicted as; nothing where they don't go together, which a check says. */
export function guessText(file: FileView, names: readonly string[], type: Json | undefined): string {
  const columns = names.flatMap((name) => file.columns.filter((column) => column.name === name));
  if (areLabels(file, names, type)) return `${names.length} labels at once: each column has two values.`;
  const isNumbers = columns.every((column) => column.type === "number");
  const mixes = type === "auto" && columns.some(({ distinct }) => distinct === 2);
  if (!isNumbers || mixes || type === "category") return "";
  return `${names.length} targets at once: all are numbers.`;
}

/**
 * The draft with further columns to predict, which are no features then. Rows with several labels can't be stratified,
 * so they are shuffled; without further targets, rows that were shuffled for them are cut as the data set proposes.
 */
export function withMoreTargets(
  draft: Draft,
  at: Location,
  names: readonly string[],
  file: FileView,
  catalog: Catalog,
): Draft {
  const around = at.slice(0, -1);
  const dataset = (getIn(draft, around) ?? {}) as Fields;
  const { features, target_type: type } = dataset;
  const kept = Array.isArray(features) ? features.filter((name) => !names.includes(String(name))) : features;
  const next: Fields = {
    ...dataset,
    more_targets: [...names],
    features: Array.isArray(kept) && kept.length === 0 ? null : (kept ?? null),
  };
  const chosen = setIn(draft, around, next);
  const shuffled: Fields = { by: "rows", shuffle: true };
  const { split } = draft;
  if (names.length && split.by === "stratified" && areLabels(file, targetsOf(next), type ?? "auto")) {
    return { ...chosen, split: { ...split, ...shuffled } };
  }
  const proposed = catalog.datasets.find(({ kind }) => kind === dataset.kind)?.split?.by;
  const wasForLabels = targetsOf(dataset).length > 1 && areLabels(file, targetsOf(dataset), type ?? "auto");
  if (names.length === 0 && wasForLabels && proposed && split.by === "rows" && split.shuffle === true) {
    return { ...chosen, split: { ...split, by: proposed, shuffle: false } };
  }
  return chosen;
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
  const own: Fields = {
    [String(at.at(-1))]: file.id,
    target: file.proposed_target,
    more_targets: [],
    features: null,
    treatments: [],
    test_file: null,
  };
  const dataset = (getIn(draft, around) ?? {}) as Fields;
  return namedAfter(setIn(draft, around, { ...dataset, ...own }), file.name);
}

/** The draft with a file's name, unless a person has named it: several experiments on one file are told apart by size. */
export function namedAfter(draft: Draft, file: string): Draft {
  const isOwn = !draft.name.startsWith("Your own ") && !/\.[a-z0-9]{1,8}$/i.test(draft.name);
  return isOwn ? draft : { ...draft, name: file.slice(-120) };
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
  const more = targetsOf(dataset)
    .slice(1)
    .filter((name) => names.has(name) && name !== target);
  const kept = Array.isArray(dataset.features)
    ? dataset.features.filter((name) => names.has(String(name)) && name !== target)
    : [];
  const treatments = treatmentsIn(dataset.treatments).filter(({ column }) => names.has(String(column)));
  const features = kept.length ? kept : null;
  const own: Fields = { [String(at.at(-1))]: file.id, target, more_targets: more, features, treatments };
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

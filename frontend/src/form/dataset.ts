/** Change of the draft's data set, and of what belonged to the one before. */
import type { Catalog, CatalogEntry, Entry, Fields, Json } from "../api/catalog";
import { defaultFields, defaultsOf, entryOf, type FieldSpec, fieldsOf } from "../experiment/catalog";
import type { Draft } from "../experiment/draft";
import { fieldText, spoken } from "../experiment/phrases";
import { DRAW_FIELDS } from "../experiment/replicates";
import { capital } from "../format";

/** Fields that mean the same for every data set that has them. */
const SHARED = ["n_samples", "random_state", "layout"];
/** Fields of the split that count rows of one data set, and stay only where the next has as many. */
const ROWS = ["train", "validation", "holdout"];
/** Fields of the split that were set for one target: they suit either classes or numbers. */
const OF_TARGET = ["label_noise", "imbalance", "target_scale", "standardize_target"];
/** Fields of the split that were set for the rows of one data set. */
const OWN = ["by", "column", ...OF_TARGET];

/** A draft with other data, and a sentence on what was reset with it; null where nothing was. */
export interface Replacement {
  draft: Draft;
  reset: string | null;
}

/**
 * `draft` with another data set, and a sentence on what was reset. Sizes and seeds carry over; other settings get the
 * new entry's defaults. The split that the entry proposes is applied, and the previous entry's proposal undone; numbers
 * of rows are reset where the next has another number of them, and so is the output layer where the score is another.
 * An experiment named after its data set is renamed. So is one whose name is a preset's own, of `presetNames`, and the
 * preset's draws of the rows go with it.
 */
export function withDataset(
  draft: Draft,
  entry: CatalogEntry,
  catalog: Catalog,
  presetNames: readonly string[] = [],
): Replacement {
  const before = entryOf(catalog.datasets, draft.dataset.kind);
  if (entry.kind === before?.kind) return { draft, reset: null };
  const { schema, split: proposed = {} } = entry;
  const shared = SHARED.filter((name) => isCarriedOver(name, draft.dataset, before, schema.properties ?? {}));
  const dataset: Entry = {
    ...defaultsOf(entry, catalog),
    ...Object.fromEntries(shared.map((name) => [name, draft.dataset[name] ?? null])),
  };
  const defaults = defaultFields(catalog.split.schema, catalog);
  const isAsLarge = typeof dataset.n_samples === "number" && dataset.n_samples === draft.dataset.n_samples;
  const isPresets = draft.name !== before?.title && presetNames.includes(draft.name);
  const own = [...OWN, ...(isAsLarge ? [] : ROWS), ...(isPresets ? DRAW_FIELDS : [])].filter(
    (name) => name in defaults,
  );
  const undone = [...Object.keys(before?.split ?? {}), ...own].map((name) => [name, defaults[name] ?? null]);
  const split: Fields = { ...draft.split, ...Object.fromEntries(undone), ...proposed };
  const isOtherScore = Boolean(before?.score && entry.score && before.score !== entry.score);
  const output = isOtherScore ? defaultFields(catalog.output.schema, catalog) : draft.network.output;
  const name = isPresets || draft.name === before?.title ? entry.title : draft.name;
  const proposals: Fields = { ...defaults, ...before?.split };
  const lost = [
    ...changed(fieldsOf(catalog.split.schema, catalog), draft.split, proposals, split, catalog),
    ...(isOtherScore
      ? changed(fieldsOf(catalog.output.schema, catalog), draft.network.output, output, output, catalog).map(
          (text) => `output ${text}`,
        )
      : []),
  ];
  return {
    draft: { ...draft, name, dataset, split, network: { ...draft.network, output } },
    reset:
      [
        resetText(lost, before?.title ?? "the data set before"),
        isPresets && `The experiment is called “${name}” now, no longer “${draft.name}”.`,
      ]
        .filter(Boolean)
        .join(" ") || null,
  };
}

/** Names of the fields of data set `entry` that say which rows are read: its file, and the target among its columns. */
function sourceFields(entry: CatalogEntry | undefined, catalog: Catalog): { file: string[]; target: string[] } {
  const of = (...widgets: string[]) =>
    (entry ? fieldsOf(entry.schema, catalog) : [])
      .filter((spec) => spec.type === "special" && widgets.includes(spec.widget))
      .map(({ name }) => name);
  return { file: of("file", "arrays_file"), target: of("column", "more_targets") };
}

/**
 * `after`, which is `before` with another file of its data set or another target, without the settings of the split
 * that were made for the one before, and a sentence on what was reset. The first file resets nothing.
 */
export function withSource(before: Draft, after: Draft, catalog: Catalog): Replacement {
  const entry = entryOf(catalog.datasets, before.dataset.kind);
  const { file, target } = sourceFields(entry, catalog);
  const differs = (name: string) => before.dataset[name] && !same(before.dataset[name], after.dataset[name]);
  const isOtherFile = file.some(differs);
  if (!isOtherFile && !target.some(differs)) return { draft: after, reset: null };
  const given: Fields = { ...defaultFields(catalog.split.schema, catalog), ...entry?.split };
  const own = (isOtherFile ? [...OWN, ...ROWS] : OF_TARGET).filter((name) => name in given);
  // What the change itself has set, as rows that the file splits itself, is the new file's.
  const undone = own.filter((name) => same(before.split[name], after.split[name]));
  const split = { ...after.split, ...Object.fromEntries(undone.map((name) => [name, given[name] ?? null])) };
  const specs = fieldsOf(catalog.split.schema, catalog).filter(({ name }) => own.includes(name));
  const lost = changed(specs, before.split, given, split, catalog);
  if (lost.length === 0) return { draft: after, reset: null };
  return { draft: { ...after, split }, reset: resetText(lost, isOtherFile ? "the file before" : "the target before") };
}

/** "Label noise 0.2 belonged to Two moons and was reset."; null for nothing. */
function resetText(lost: readonly string[], before: string): string | null {
  const isOne = lost.length === 1 && !/^\d/.test(lost[0] ?? "");
  return lost.length ? `${capital(listed(lost))} belonged to ${before} and ${isOne ? "was" : "were"} reset.` : null;
}

/** "a, b and c". */
function listed(texts: readonly string[]): string {
  return texts.length > 1 ? `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}` : texts.join("");
}

const same = (one: Json | undefined, other: Json | undefined) =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** In words, the values that a person had set and that are no more: "60 training rows", "label noise 0.2". */
function changed(specs: readonly FieldSpec[], had: Fields, unset: Fields, has: Fields, catalog: Catalog): string[] {
  return specs
    .filter(({ name }) => name in had && !same(had[name], unset[name]) && !same(had[name], has[name]))
    .map((spec) => {
      const value = had[spec.name];
      return spec.type === "share" && Number(value) >= 1
        ? `${spoken(value)} ${spec.phrase}`
        : fieldText(spec, value, catalog);
    });
}

/** Tells whether the next data set has the field and its value was changed from the previous one's default. */
function isCarriedOver(
  name: string,
  dataset: Fields,
  before: CatalogEntry | undefined,
  next: Record<string, unknown>,
): boolean {
  if (!(name in dataset) || !(name in next)) return false;
  return dataset[name] !== before?.schema.properties?.[name]?.default;
}

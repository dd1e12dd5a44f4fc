/** Comparison of methods in the form: each method tried with several values, on rows that choose and rows that judge. */
import type { Catalog, CatalogEntry, Fields, Json } from "../../api/catalog";
import { defaultsOf, entryOf, type FieldSpec, fieldsOf, filled, fits } from "../../experiment/catalog";
import { type Part, partsOf } from "../../experiment/changes";
import { type Changes, type Draft, freeName, getIn, setIn } from "../../experiment/draft";
import { spoken } from "../../experiment/phrases";
import { MOST_RUNS } from "../../experiment/replicates";
import { plural } from "../../format";
import { fieldProblems } from "../check";
import { parseNumbers } from "../fields/parseNumber";
import { idleLayer } from "../suggest";

type Trials = NonNullable<CatalogEntry["trials"]>;

/** A method that can be compared with others. */
export interface Method {
  title: string;
  /** The title within a sentence, and the name of its family. */
  name: string;
  /** The number that its trials vary, and where it acts: "hidden kernel, limit". */
  place: string;
  spec: FieldSpec;
  /** Values to begin with. */
  values: readonly number[];
  /** `changes` with the method at one value. */
  with: (changes: Changes, value: Json) => Changes;
  /** Change of the shared settings that the method needs and that leaves their training as it was. */
  base?: (draft: Draft) => Draft;
}

/** A method with the values that it is tried with. */
export interface Tried {
  method: Method;
  values: readonly Json[];
}

function methodOf(
  { title, name }: Pick<CatalogEntry, "title" | "name">,
  trials: Trials,
  specs: readonly FieldSpec[],
  where: string,
  make: (changes: Changes, fields: Fields) => Changes,
): Method[] {
  const spec = specs.find((each) => each.name === trials.field);
  if (!spec) return [];
  const { field, values, settings } = trials;
  return [
    {
      title,
      name,
      place: [where, spec.phrase].filter((words) => words && words !== name).join(", "),
      spec,
      values,
      with: (changes, value) => make(changes, { ...settings, [field]: value }),
    },
  ];
}

/** Methods that act on the first weight that there is. */
function onWeight(part: Part | undefined, catalog: Catalog): Method[] {
  const weight = part?.weights[0];
  if (!part || !weight) return [];
  const where = `${part.label} ${weight.name}`;
  const of = (entries: readonly CatalogEntry[], field: string) =>
    entries.flatMap((entry) =>
      entry.trials && fits(entry, weight)
        ? methodOf(entry, entry.trials, fieldsOf(entry.schema, catalog), where, (changes, fields) =>
            setIn(changes, [...part.change, field], { ...defaultsOf(entry, catalog), ...fields }),
          )
        : [],
    );
  return [...of(catalog.constraints, weight.field), ...of(catalog.regularizers, weight.regularizer_field)];
}

/** Methods that are layers: one that there is already, or one that is added and does nothing in the baseline. */
function asLayers(draft: Draft, parts: readonly Part[], catalog: Catalog): Method[] {
  return catalog.layers.flatMap((entry) => {
    if (!entry.trials) return [];
    const own = parts.find((part) => getIn(draft, [...part.base, "kind"]) === entry.kind);
    const added = own ? null : idleLayer(entry, draft, catalog);
    const layer = own?.label ?? added?.name;
    if (!layer) return [];
    const made = methodOf(entry, entry.trials, fieldsOf(entry.schema, catalog), "", (changes, fields) =>
      setIn(changes, ["layers", layer], { ...changes.layers[layer], ...fields }),
    );
    return made.map((method) => (added ? { ...method, base: added.add } : method));
  });
}

function inTraining(catalog: Catalog): Method[] {
  const { schema } = catalog.training;
  return fieldsOf(schema, catalog).flatMap((spec) => {
    const trials = schema.properties?.[spec.name]?.trials;
    if (!trials || spec.type !== "object") return [];
    const named = { title: spec.title, name: spec.phrase };
    return methodOf(named, trials, fieldsOf(spec.schema, catalog), "", (changes, fields) =>
      setIn(changes, ["training", spec.name], { ...(filled(spec, catalog) as Fields), ...fields }),
    );
  });
}

/** The methods that the draft's network can be compared with, in the catalog's order. */
export function methodsOf(draft: Draft, catalog: Catalog): Method[] {
  const parts = partsOf(draft, catalog);
  const first = parts.find((part) => part.weights.length > 0);
  return [...onWeight(first, catalog), ...asLayers(draft, parts, catalog), ...inTraining(catalog)];
}

/** The typed values of a method, and the first thing that is wrong with them. */
export function valuesOf(text: string, { spec }: Method, catalog: Catalog): { values: Json[]; problem: string | null } {
  const parsed = parseNumbers(text, false);
  const values = Array.isArray(parsed) ? parsed : [parsed];
  const wrong = values.flatMap((value) => fieldProblems(spec, value, [], catalog))[0]?.message;
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (values.length < FEWEST_VALUES) return { values, problem: `Give at least ${FEWEST_VALUES} values` };
  return { values, problem: wrong ?? (twice === undefined ? null : `${spoken(twice)} is listed twice; remove one`) };
}

const FEWEST_VALUES = 2;
/** Runs of each arm: draws of the rows, null where there are none of its own, and seeds on each of them. */
export interface Repeats {
  draws: number | null;
  seeds: number;
}

/**
 * Of the repeats that are `wanted`, those with which so many arms fit into one experiment. Fewer seeds before fewer
 * draws: draws are what an answer counts.
 */
export function fittingRepeats({ draws, seeds }: Repeats, arms: number): Repeats {
  const each = Math.max(1, Math.floor(MOST_RUNS / Math.max(1, arms)));
  const fitting = draws === null ? null : Math.min(draws, each);
  return { draws: fitting, seeds: Math.max(1, Math.min(seeds, Math.floor(each / (fitting ?? 1)))) };
}

/** `split` with so many draws, or about so many folds; as it is where its rows don't vary so. */
export function withRepeats(split: Fields, { draws }: Repeats): Fields {
  if (draws === null) return split;
  if (typeof split.folds !== "number") return { ...split, draws };
  const repeats = Math.max(1, Math.floor(draws / split.folds));
  return { ...split, ...(split.fold_repeats === undefined ? {} : { fold_repeats: repeats }) };
}

/** Rows of a set that choose or judge; fewer say next to nothing. */
const FEWEST_ROWS = 20;
const FEWEST_TRAINED = 30;
/** Shares of the rows that are not trained on. The others are test rows. */
const VALIDATION = 0.3;
const SEALED = 0.4;
/** Rows that must be left for all sets but the training rows. */
const FEWEST_OTHERS = Math.ceil(FEWEST_ROWS / VALIDATION);

/** Rows that a data set needs for a comparison of methods. */
export const FEWEST_IN_ALL = FEWEST_TRAINED + FEWEST_OTHERS;

/** A number of rows or a share as a number of rows; 0 for none. */
function rowsOf(value: Json | undefined, rows: number): number {
  if (typeof value !== "number") return 0;
  return value < 1 ? Math.round(value * rows) : value;
}

/**
 * `split` with validation and sealed rows, of a data set of so many rows; null where there are too few. Those that it
 * has stay; at most half of the rows are trained on.
 */
export function splitForMethods(split: Fields, rows: number): Fields | null {
  const [trained, validation, sealed] = ["train", "validation", "holdout"].map((name) => rowsOf(split[name], rows)) as [
    number,
    number,
    number,
  ];
  if (validation >= FEWEST_ROWS && sealed >= FEWEST_ROWS) return split;
  const most = Math.min(Math.floor(rows / 2), rows - FEWEST_OTHERS);
  const train = Math.min(trained, most);
  if (train < Math.min(trained, FEWEST_TRAINED)) return null;
  const others = rows - train;
  return {
    ...split,
    ...(train < trained ? { train } : {}),
    validation: Math.round(VALIDATION * others),
    holdout: Math.round(SEALED * others),
  };
}

/** What is to be said of a data set with too few rows. */
export function tooFewText(rows: number): string {
  return (
    `${plural(rows, "row")} are too few to compare methods: it needs ${FEWEST_IN_ALL}, of which ${FEWEST_ROWS} choose ` +
    "the values, more stay sealed, and the rest is trained on and tested. Use a data set with more rows."
  );
}

/**
 * `draft` as a comparison of methods: its baseline, and a trial of each method at each value. Its other arms and its
 * sweep are left out.
 */
export function comparisonOf(
  draft: Draft,
  tried: readonly Tried[],
  { seeds, split }: { seeds: number; split: Fields },
): Draft {
  const base = tried.reduce((made, { method }) => method.base?.(made) ?? made, draft);
  const [baseline] = base.arms;
  if (!baseline) return draft;
  const names = [baseline.name];
  const trials = tried.flatMap(({ method, values }) =>
    values.map((value) => {
      const name = freeName(`${method.name} ${spoken(value)}`, names);
      names.push(name);
      return { name, family: method.name, changes: method.with(baseline.changes, value) };
    }),
  );
  const isKept = draft.seeds.length === seeds;
  return {
    ...base,
    split,
    seeds: isKept ? draft.seeds : Array.from({ length: seeds }, (_, index) => index + 1),
    arms: [{ ...baseline, family: null }, ...trials],
    sweep: null,
  };
}

/** What the comparison replaces in the draft; null for nothing. */
export function replacedText({ arms, sweep }: Draft): string | null {
  const parts = [...(arms.length > 1 ? [plural(arms.length - 1, "other arm")] : []), ...(sweep ? ["the sweep"] : [])];
  return parts.length
    ? `Replaces ${parts.join(" and ")}; Undo brings ${parts.length > 1 ? "them" : "that"} back.`
    : null;
}

/** The title of the draft's data set. */
export function datasetTitle(draft: Draft, catalog: Catalog): string {
  return entryOf(catalog.datasets, draft.dataset.kind)?.title ?? String(draft.dataset.kind);
}

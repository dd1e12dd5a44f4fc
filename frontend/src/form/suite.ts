import type { Catalog, Entry, Fields, Json } from "../api/catalog";
import type { Problem } from "../api/problem";
import type { FileView, Preview } from "../api/types";
import { defaultFields, defaultsOf, entryOf, fileField } from "../experiment/catalog";
import type { Draft } from "../experiment/draft";

/** A data set that a suite may have. */
export interface SuiteChoice {
  /** Unique among the choices. */
  id: string;
  label: string;
  group: string;
  /** Whether it is the draft's own, with its settings. */
  own: boolean;
  /** Whether it is ticked to begin with. */
  proposed: boolean;
  dataset: Entry;
  split: Fields;
}

/** Data sets that a suite may have at most, and at least. */
export const MOST = 20;
export const FEWEST = 2;
const LONGEST_NAME = 40;
const SHARES = ["train", "validation", "holdout"];

/** A number of rows as a share of `rows`: the same share is taken of every data set. */
function asShare(value: Json | undefined, rows: number): Json {
  if (typeof value !== "number" || value < 1 || rows === 0) return value ?? null;
  return Number(Math.min(0.9, value / rows).toPrecision(3));
}

/** The draft's split for another data set: the same shares, with what that data set proposes beside them. */
function splitFor(draft: Draft, proposed: Fields, rows: number): Fields {
  const shares = SHARES.filter((name) => name in draft.split).map((name) => [name, asShare(draft.split[name], rows)]);
  return { ...draft.split, ...proposed, ...Object.fromEntries(shares) };
}

/**
 * Data sets on which the draft's arms can be compared: its own, those of the same score and shape that the lab has at
 * hand, and the uploaded tables. `preview` is that of the draft's data set.
 */
export function suiteChoices(
  draft: Draft,
  catalog: Catalog,
  files: readonly FileView[],
  preview: Preview | null,
): SuiteChoice[] {
  const chosen = entryOf(catalog.datasets, draft.dataset.kind);
  const score = chosen?.score ?? (preview?.task === "regression" ? "r2" : "accuracy");
  const axes = chosen?.axes ?? 1;
  const rows = preview ? Object.values(preview.sizes).reduce((sum: number, size) => sum + (size ?? 0), 0) : 0;
  const own: SuiteChoice = {
    id: "own",
    label: chosen?.title ?? draft.dataset.kind,
    group: chosen?.group ?? "",
    own: true,
    proposed: true,
    dataset: draft.dataset,
    split: draft.split,
  };
  const known = catalog.datasets.flatMap((entry): SuiteChoice[] => {
    if (entry === chosen) return entry.score ? [own] : [];
    if (entry.score !== score || entry.axes !== axes) return [];
    const split = splitFor(draft, entry.split ?? {}, rows);
    const choice = { label: entry.title, group: entry.group ?? "", own: false, proposed: true };
    return [{ ...choice, id: entry.kind, dataset: defaultsOf(entry, catalog), split }];
  });
  const tables = catalog.datasets.flatMap((entry): SuiteChoice[] => {
    const spec = fileField(entry, catalog);
    if (!spec || axes !== 1) return [];
    const proposed = { ...entry.split, shuffle: true };
    return files
      .filter((file) => file.id !== draft.dataset[spec.name])
      .map((file) => ({
        id: file.id,
        label: file.name,
        group: entry.group ?? "",
        own: false,
        proposed: false,
        dataset: { ...defaultsOf(entry, catalog), [spec.name]: file.id, target: file.columns.at(-1)?.name ?? "" },
        split: splitFor(draft, proposed, rows),
      }));
  });
  return [...(chosen?.score ? [] : [own]), ...known, ...tables];
}

/** A name that tells the arms, for a suite of the draft. */
export function suiteName(draft: Draft): string {
  const arms = draft.arms.slice(1).map((arm) => arm.name);
  return `${arms.join(", ")} on several data sets`.slice(0, 120);
}

/** The body of the suite that compares the draft's arms on the data sets of `choices`. */
export function suiteOf(draft: Draft, choices: readonly SuiteChoice[], name: string, catalog: Catalog): Fields {
  const { network, training, seeds, arms, tags } = draft;
  const claims = draft.claims ?? defaultFields(catalog.claims.schema, catalog);
  const datasets = choices.map(({ dataset, split, label }) => ({ name: label.slice(0, LONGEST_NAME), dataset, split }));
  return { name, tags, datasets, network, training, seeds, arms, claims } as unknown as Fields;
}

/** A problem of a posted suite, with the data set that it is about. */
export function suiteProblemText({ location, message }: Problem, choices: readonly SuiteChoice[]): string {
  const [part, index] = location;
  const choice = part === "datasets" && typeof index === "number" ? choices[index] : undefined;
  return choice ? `${choice.label}: ${message}` : message;
}

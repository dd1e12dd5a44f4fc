import type { Catalog, Entry, Fields, Json } from "../api/catalog";
import type { Problem } from "../api/problem";
import type { FileView, Preview } from "../api/types";
import { defaultFields, defaultsOf, entryOf, fileField } from "../experiment/catalog";
import { type Draft, freeName } from "../experiment/draft";
import { isNumeric } from "../experiment/tasks";
import { plural } from "../format";
import { fileTexts } from "./table/reading";

/** A data set that a suite may have. */
export interface SuiteChoice {
  /** Unique among the choices. */
  id: string;
  label: string;
  /** Name in the suite, where that is shorter. */
  name?: string;
  group: string;
  /** Whether it is the draft's own, with its settings. */
  own: boolean;
  /** Column that is predicted; null where the data set has a target of its own. */
  target: string | null;
  /** Whether it is ticked to begin with. */
  proposed: boolean;
  dataset: Entry;
  split: Fields;
}

/** Data sets that a suite may have at most, and at least. */
export const MOST = 20;
export const FEWEST = 2;
/** Shorter than a name may be, so that a number can be added. */
const LONGEST_NAME = 36;
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
  const score = chosen?.score ?? (preview && isNumeric(preview.task) ? "r2" : "accuracy");
  const axes = chosen?.axes ?? 1;
  const rows = preview ? Object.values(preview.sizes).reduce((sum: number, size) => sum + (size ?? 0), 0) : 0;
  const own: SuiteChoice = {
    id: "own",
    label: chosen?.title ?? draft.dataset.kind,
    group: chosen?.group ?? "",
    own: true,
    target: typeof draft.dataset.target === "string" ? draft.dataset.target : null,
    proposed: true,
    dataset: draft.dataset,
    split: draft.split,
  };
  const known = catalog.datasets.flatMap((entry): SuiteChoice[] => {
    if (entry === chosen) return entry.score ? [own] : [];
    if (entry.score !== score || entry.axes !== axes) return [];
    const split = splitFor(draft, entry.split ?? {}, rows);
    const choice = { label: entry.title, group: entry.group ?? "", own: false, target: null, proposed: true };
    return [{ ...choice, id: entry.kind, dataset: defaultsOf(entry, catalog), split }];
  });
  const tables = catalog.datasets.flatMap((entry): SuiteChoice[] => {
    const spec = fileField(entry, catalog);
    if (!spec || axes !== 1) return [];
    const proposed = { ...entry.split, shuffle: true };
    const texts = fileTexts(files);
    return files
      .map((file, index) => ({ file, text: texts[index] ?? file.name }))
      .filter(({ file }) => file.id !== draft.dataset[spec.name])
      .map(({ file, text }) => ({
        id: file.id,
        label: text,
        name: file.name,
        group: entry.group ?? "",
        own: false,
        target: file.proposed_target || null,
        proposed: false,
        dataset: { ...defaultsOf(entry, catalog), [spec.name]: file.id, target: file.proposed_target },
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

/** The body of the suite that compares the draft's arms on the data sets of `choices`, with `seeds` on each. */
export function suiteOf(
  draft: Draft,
  choices: readonly SuiteChoice[],
  { name, seeds }: { name: string; seeds: readonly Json[] },
  catalog: Catalog,
): Fields {
  const { network, training, arms, tags } = draft;
  const claims = draft.claims ?? defaultFields(catalog.claims.schema, catalog);
  const names: string[] = [];
  const datasets = choices.map(({ dataset, split, label, name: short = label }) => {
    const own = freeName(short.slice(0, LONGEST_NAME), names);
    names.push(own);
    return { name: own, dataset, split };
  });
  return { name, tags, datasets, network, training, seeds, arms, claims } as unknown as Fields;
}

/** A choice as it is listed: with its target, and whether it is the draft's own. */
export function choiceText({ label, target, own }: SuiteChoice): string {
  return `${label}${target ? `, target ${target}` : ""}${own ? ", as it is set here" : ""}`;
}

/** What to know before Run of so few data sets that no verdict can come of it; null where one can. */
export function fewText(datasets: number, arms: number, least: number | null | undefined): string | null {
  if (!least || datasets >= least) return null;
  const others = arms > 2 ? `with ${arms - 1} arms to compare it needs ${least}` : `it needs ${least}`;
  return `${plural(datasets, "data set")}: no verdict over data sets can come of it; ${others}.`;
}

/** A problem of a posted suite, with the data set that it is about. */
export function suiteProblemText({ location, message }: Problem, choices: readonly SuiteChoice[]): string {
  const [part, index] = location;
  const choice = part === "datasets" && typeof index === "number" ? choices[index] : undefined;
  return choice ? `${choice.label}: ${message}` : message;
}

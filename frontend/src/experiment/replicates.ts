import type { ExperimentView } from "../api/types";
import { plural } from "../format";
import type { Draft } from "./draft";

const SEEDS_OF_A_DRAW = 2;
const MANY_DRAWS = 20;
const MOST_RUNS = 256;

/** Fields of the split that vary the rows; they stand beside the seeds. */
export const DRAW_FIELDS: readonly string[] = ["draws", "resample", "folds", "fold_repeats"];

/** A draw of the rows, null for the rows as posted, and a seed of the training: one run of every arm. */
export interface Replicate {
  draw: number | null;
  seed: number;
}

/** Number of the draft's draws or folds; null where the rows don't vary, or where each seed draws its own. */
export function drawCount({ split }: Draft): number | null {
  const { folds, fold_repeats, draws } = split;
  if (typeof folds === "number") return folds * Number(fold_repeats ?? 1);
  return typeof draws === "number" ? draws : null;
}

/** The runs of each arm of the draft: draws in order, for each of them the seeds in order. */
export function replicatesOf(draft: Draft): Replicate[] {
  const seeds = draft.seeds.map(Number);
  const draws = drawCount(draft);
  if (draws === null) return seeds.map((seed) => ({ draw: draft.split.resample ? seed : null, seed }));
  return Array.from({ length: draws }, (_, i) => i + 1).flatMap((draw) => seeds.map((seed) => ({ draw, seed })));
}

/** What a person adds to an experiment that has ended: seeds, or draws of the rows. */
export type More = { seeds: number } | { draws: number };

/** `draft` with its seeds trained on so many draws of the rows; in draws two seeds are enough. */
export function withDraws(draft: Draft, draws: number): Draft {
  return { ...draft, seeds: draft.seeds.slice(0, SEEDS_OF_A_DRAW), split: { ...draft.split, draws } };
}

/** "20 draws", "5 folds"; empty where the rows don't vary, or where each seed draws its own. */
export function drawsText(draft: Draft): string {
  const draws = drawCount(draft);
  return draws === null ? "" : plural(draws, typeof draft.split.folds === "number" ? "fold" : "draw");
}

/** What an answer counts: seeds, draws of the rows, or folds. */
export type Unit = "seed" | "draw" | "fold";

type Posted = ExperimentView["experiment"];

export function unitOf({ split }: Pick<Posted, "split">): Unit {
  if (typeof split?.folds === "number") return "fold";
  return split?.resample || typeof split?.draws === "number" ? "draw" : "seed";
}

/** Seeds that can still be added to every arm. */
export function roomForSeeds({ experiment, arms }: Pick<ExperimentView, "experiment" | "arms">): number {
  const { folds, fold_repeats, draws } = experiment.split ?? {};
  const each = typeof folds === "number" ? folds * Number(fold_repeats ?? 1) : (draws ?? 1);
  return Math.max(0, Math.floor(MOST_RUNS / (arms.length * each)) - (experiment.seeds?.length ?? 0));
}

/** Seeds to add for `missing` more of the unit; 0 where seeds add none, or where they don't fit. */
export function seedsFor(missing: number, view: Pick<ExperimentView, "experiment" | "arms">): number {
  const { split } = view.experiment;
  const isFixed = typeof split?.folds === "number" || typeof split?.draws === "number";
  return missing <= 0 || isFixed || missing > roomForSeeds(view) ? 0 : missing;
}

/** Further draws of the rows to propose for an experiment on the rows as posted; 0 where they vary already. */
export function furtherDraws({ split, arms }: Posted): number {
  const varies = split?.resample || typeof split?.draws === "number" || typeof split?.folds === "number";
  const most = Math.floor(MOST_RUNS / ((arms?.length ?? 1) * SEEDS_OF_A_DRAW));
  return varies ? 0 : Math.min(MANY_DRAWS, most);
}

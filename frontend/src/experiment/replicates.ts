import type { ExperimentSummary, ExperimentView, VerdictView } from "../api/types";
import { plural } from "../format";
import type { Draft } from "./draft";

const SEEDS_OF_A_DRAW = 2;
const MANY_DRAWS = 20;
/** Runs that an experiment has at most. */
export const MOST_RUNS = 256;

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

/**
 * What a person adds to an experiment that has ended: seeds, `moreDraws` where it has draws of the rows, or `draws`
 * where it has none, which makes a new experiment. Or the draft of another one, with `arms` whose limits bind.
 */
export type More = { seeds: number } | { moreDraws: number } | { draws: number } | { arms: Binding };

/** Arms whose limits bind, and the names of those that they replace. */
export interface Binding {
  arms: NonNullable<VerdictView["binding"]>["arms"];
  replaced: readonly string[];
}

/** `experiment` with arms whose limits bind. The sweep and what names single arms would be another study's. */
export function withBinding(experiment: Posted, { arms, replaced }: Binding): Posted {
  const kept = (experiment.arms ?? []).filter(({ name, point }) => !point && !replaced.includes(name));
  return { ...experiment, arms: [...kept, ...arms], sweep: null, prediction: null, published: null };
}

/** `draft` with its seeds trained on so many draws of the rows; in draws two seeds are enough. */
export function withDraws(draft: Draft, draws: number): Draft {
  return { ...draft, seeds: draft.seeds.slice(0, SEEDS_OF_A_DRAW), split: { ...draft.split, draws } };
}

/** Draws that so many arms can be trained on, with the seeds that `withDraws` leaves. */
export function mostDraws(arms: number): number {
  return Math.floor(MOST_RUNS / (arms * SEEDS_OF_A_DRAW));
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

/** Further draws of the rows to propose for an experiment on the rows as posted; 0 where they vary already, or can't. */
export function furtherDraws({ dataset, split, arms }: Posted): number {
  const varies = split?.resample || typeof split?.draws === "number" || typeof split?.folds === "number";
  const isGiven = dataset && "test_file" in dataset && dataset.test_file;
  return varies || isGiven ? 0 : Math.min(MANY_DRAWS, mostDraws(arms?.length ?? 1));
}

/** Draws that can be added to an experiment that has draws; 0 where it has none, or where no more fit. */
export function addableDraws({ experiment, arms }: Pick<ExperimentView, "experiment" | "arms">): number {
  const draws = experiment.split?.draws;
  if (typeof draws !== "number") return 0;
  const room = Math.floor(MOST_RUNS / (arms.length * (experiment.seeds?.length ?? 1))) - draws;
  return Math.max(0, Math.min(MANY_DRAWS, room));
}

/** "2 arms × 10 seeds, 4,000 epochs": what tells experiments of one name apart. */
export function sizeText({
  arms,
  seeds,
  draws,
  epochs,
}: Pick<ExperimentSummary, "seeds" | "draws" | "epochs"> & { arms: readonly unknown[] }): string {
  const drawn = draws === null ? "" : `${plural(draws, "draw")} × `;
  return `${plural(arms.length, "arm")} × ${drawn}${plural(seeds, "seed")}, ${plural(epochs, "epoch")}`;
}

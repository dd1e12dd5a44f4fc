import { type Figures, METRICS, type Metric } from "../api/events";
import type { ExperimentView, Score, Status } from "../api/types";
import { scoreName, together } from "../format";
import type { LabState, RunState } from "./fold";

/** Mean and standard deviation (n - 1) over an arm's finished runs; null where there are too few. */
export interface Spread {
  mean: number | null;
  sd: number | null;
}

/** The norms of one weight over an arm's finished runs, but for those that diverged. */
export interface WeightSummary {
  layer: string;
  weight: string;
  constraint: string | null;
  /** Runs that have norms. The figures are null where none has. */
  n: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  /** Whether every run's weight obeys the constraint; null without one, and where it promises nothing. */
  held: boolean | null;
  /** Whether any run's weight came to the edge of what the constraint allows; null where none says. */
  reached: boolean | null;
}

/** State of an arm all of whose runs failed or were cancelled, at the last epoch that any of them reached. */
interface Unfinished {
  epoch: number;
  figures: Record<Metric, Spread>;
  gap: Spread;
}

/** One arm: its runs, and its figures over those that have finished. */
export interface ArmState {
  name: string;
  /** Number of its colour. */
  hue: number;
  /** The arm's constraints, a phrase for each weight, and its other changes. */
  words: readonly string[];
  runs: readonly RunState[];
  status: Status;
  n: number;
  /** Null where any run has finished or may yet, and where none had an epoch. */
  unfinished: Unfinished | null;
  /** Name of the score. */
  score: Score;
  figures: Record<Metric, Spread>;
  gap: Spread;
  /** More figures, by set: "train", "test", "validation", "holdout". */
  metrics: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
  /** Quantity that early stopping watches: "validation loss"; null without early stopping. */
  watched: string | null;
  /** The loss that training lowers: "mean squared error"; null where it isn't known any more. */
  loss: string | null;
  seconds: number | null;
  weights: readonly WeightSummary[];
}

function spread(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return { mean: null, sd: null };
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (n === 1) return { mean, sd: null };
  const sd = Math.sqrt(squares / (n - 1));
  // Equal values differ from their mean by no more than its rounding.
  return { mean, sd: sd < 1e-12 * Math.abs(mean) ? 0 : sd };
}

/** An arm's status: running while any run is, otherwise the worst status of its runs. */
function statusOf(runs: readonly RunState[]): Status {
  const order: Status[] = ["running", "paused", "queued", "failed", "cancelled", "finished"];
  return order.find((status) => runs.some((run) => run.status === status)) ?? "queued";
}

function anyOf(values: readonly (boolean | null)[]): boolean | null {
  const known = values.filter((value) => value !== null);
  return known.length ? known.includes(true) : null;
}

/** Whether all are true; null where none is false and one is unknown. */
function allOf(values: readonly (boolean | null)[]): boolean | null {
  return values.includes(false) ? false : values.includes(null) ? null : true;
}

function weightsOf(finished: readonly RunState[]): WeightSummary[] {
  const first = finished[0]?.weights ?? [];
  return first.map(({ layer, weight, constraint }, index) => {
    const reports = finished.flatMap((run) => {
      const { norm, ...report } = run.weights?.[index] ?? { norm: { min: null, mean: null, max: null } };
      const { min, mean, max } = norm;
      return min === null || mean === null || max === null ? [] : [{ ...report, min, mean, max }];
    });
    const n = reports.length;
    const head = { layer, weight, constraint, n };
    if (n === 0) return { ...head, min: null, mean: null, max: null, held: null, reached: null };
    return {
      ...head,
      min: Math.min(...reports.map((report) => report.min)),
      mean: reports.reduce((sum, report) => sum + report.mean, 0) / n,
      max: Math.max(...reports.map((report) => report.max)),
      held: constraint === null ? null : allOf(reports.map((report) => report.held ?? null)),
      reached: anyOf(reports.map((report) => report.reached ?? null)),
    };
  });
}

function metricsOf(finished: readonly RunState[]): ArmState["metrics"] {
  const known = finished.flatMap((run) => (run.metrics ? [run.metrics] : []));
  // Runs of earlier versions of the lab have fewer metrics.
  const namesOf = (set: string) => new Set(known.flatMap((metrics) => Object.keys(metrics[set] ?? {})));
  return Object.fromEntries(
    Object.keys(known[0] ?? {}).map((set) => [
      set,
      Object.fromEntries(
        [...namesOf(set)].map((name) => [name, spread(finished.map((run) => run.metrics?.[set]?.[name] ?? null))]),
      ),
    ]),
  );
}

/** Quantity that the early stopping of arm `index` watches. */
function watchedBy({ experiment, score }: ExperimentView, index: number): string | null {
  const changed = experiment.arms?.[index]?.changes?.training as { early_stopping?: unknown } | undefined;
  const own = changed && "early_stopping" in changed ? changed : experiment.training;
  const stopping = (own as { early_stopping?: { watch: string; figure: string } | null } | undefined)?.early_stopping;
  if (!stopping) return null;
  return `${stopping.watch} ${stopping.figure === "score" ? scoreName(score) : stopping.figure}`;
}

function spreadsOf(figures: readonly Figures[]): Pick<ArmState, "figures" | "gap"> {
  const gaps = figures.map(({ train_score, test_score }) =>
    train_score === null || test_score === null ? null : train_score - test_score,
  );
  const of = (metric: Metric) => spread(figures.map((each) => each[metric]));
  return {
    figures: Object.fromEntries(METRICS.map((metric) => [metric, of(metric)])) as Record<Metric, Spread>,
    gap: spread(gaps),
  };
}

function lastOf({ curves }: RunState): Figures {
  const at = (metric: Metric) => (Number.isNaN(curves[metric].last) ? null : curves[metric].last);
  return Object.fromEntries(METRICS.map((metric) => [metric, at(metric)])) as Figures;
}

function unfinishedOf(runs: readonly RunState[]): Unfinished | null {
  const begun = runs.filter((run) => run.curves.epoch.length > 0);
  if (begun.length === 0 || !runs.every((run) => run.status === "failed" || run.status === "cancelled")) return null;
  const epoch = Math.max(...begun.map((run) => run.curves.epoch.last));
  return { epoch, ...spreadsOf(begun.filter((run) => run.curves.epoch.last === epoch).map(lastOf)) };
}

/**
 * Numbers of the arms' colours: the baseline's is 0, every other arm has one of its own. The trials of one method have
 * one together, with a fraction each, in order, that shades it; so have the arms of a sweep, those from number `swept`.
 */
export function huesOf(arms: readonly { family?: string | null }[], swept = arms.length): number[] {
  const methods = arms.map(({ family }, index) => family ?? (index >= swept ? SWEPT : null));
  const known = new Map<string, { hue: number; seen: number }>();
  let last = 0;
  return methods.map((method, index) => {
    if (index === 0) return 0;
    if (method === null) return ++last;
    const of = known.get(method) ?? { hue: ++last, seen: 0 };
    known.set(method, of);
    const size = methods.filter((each, i) => i > 0 && each === method).length;
    return of.hue + of.seen++ / size;
  });
}

/** Method of a sweep's arms; no family has this name. */
const SWEPT = "";

type ArmIdentity = Pick<ArmState, "name" | "hue" | "words" | "score" | "watched" | "loss">;

function armOf(identity: ArmIdentity, runs: readonly RunState[]): ArmState {
  const finished = runs.filter((run) => run.figures !== null);
  return {
    ...identity,
    runs,
    status: statusOf(runs),
    n: finished.length,
    unfinished: unfinishedOf(runs),
    ...spreadsOf(finished.flatMap((run) => run.figures ?? [])),
    metrics: metricsOf(finished),
    seconds: spread(finished.map((run) => run.seconds)).mean,
    weights: weightsOf(finished),
  };
}

/**
 * The experiment's arms. An arm whose runs are those of `before` is the same object as there. `others` says what each
 * changes beside constraints.
 */
export function armsOf(
  view: ExperimentView,
  state: LabState,
  before: readonly ArmState[],
  others: readonly (readonly string[])[],
): ArmState[] {
  const runs = new Map<string, RunState[]>();
  for (const run of state.runs.values()) runs.set(run.arm, [...(runs.get(run.arm) ?? []), run]);
  const hues = huesOf(view.arms, view.experiment.arms?.length);
  return view.arms.map(({ name, words: constrained, loss = null }, index) => {
    const words = together([...constrained, ...(others[index] ?? [])]);
    const own = runs.get(name) ?? [];
    const last = before[index];
    const same = last?.name === name && last.runs.length === own.length && own.every((run, i) => run === last.runs[i]);
    if (same) return last;
    const watched = watchedBy(view, index);
    return armOf({ name, hue: hues[index] ?? index, words, score: view.score, watched, loss }, own);
  });
}

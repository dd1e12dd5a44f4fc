import { type EpochFigures, type FetchedCurves, knownFigures } from "../api/curves";
import {
  compareIds,
  type EpochColumns,
  type Figures,
  type LabEvent,
  METRICS,
  type Metric,
  type RunRef,
  read,
} from "../api/events";
import type { ExperimentView, Metrics, RunView, Status, WeightReport } from "../api/types";
import { Column } from "./column";

type RunCurves = { epoch: Column } & Record<Metric, Column>;

export interface RunState extends RunRef {
  /** The draw of the rows; null for the rows as posted. */
  draw: number | null;
  status: Status;
  /** The last epoch of the curves, or the lab's count where no curve is held. */
  epochsDone: number;
  epochs: number;
  curves: RunCurves;
  /** Metrics of the last weights; null until the run has finished. */
  figures: Figures | null;
  seconds: number | null;
  error: string | null;
  /** The worker's last log lines of a failed run. */
  log: readonly string[] | null;
  weights: WeightReport[] | null;
  /** More figures of the last weights, by set. */
  metrics: Metrics | null;
  /** The epoch whose weights early stopping went back to. */
  bestEpoch: number | null;
  /** The first epoch whose train loss is not a finite number. */
  divergedAt: number | null;
}

/** State of an experiment as the page draws it, folded from the log's events. */
export interface LabState {
  status: Status;
  /** By `runKey`, arms in order and each with all its replicates. */
  runs: ReadonlyMap<string, RunState>;
  /** By `runKey`, the newest epoch of which weights and boundary can be fetched, where an event named one. */
  snapshots: ReadonlyMap<string, number>;
  lastEventId: string;
  /** A chunk began after the next epoch: what lies between was missed, and the curves must be fetched again. */
  gap: boolean;
}

export function runKey(run: RunRef): string {
  return `${run.draw ?? ""}/${run.seed}/${run.arm}`;
}

const NO_CURVES: RunCurves = {
  epoch: Column.empty,
  train_score: Column.empty,
  test_score: Column.empty,
  train_loss: Column.empty,
  test_loss: Column.empty,
};

function runFromView(run: RunView): RunState {
  return {
    arm: run.arm,
    draw: run.draw ?? null,
    seed: run.seed,
    status: run.status,
    epochsDone: run.epochs_done,
    epochs: run.epochs,
    curves: NO_CURVES,
    figures: run.status === "finished" ? read<number | null>(run, null) : null,
    seconds: run.seconds,
    error: run.error,
    log: run.log ?? null,
    weights: run.weights,
    metrics: run.metrics ?? null,
    bestEpoch: run.best_epoch ?? null,
    divergedAt: run.diverged_at ?? null,
  };
}

/** The state that a view alone gives: everything but the curves. */
export function stateFromView(view: ExperimentView): LabState {
  return {
    status: view.status,
    runs: new Map(view.runs.map((run) => [runKey(run), runFromView(run)])),
    snapshots: new Map(),
    lastEventId: view.last_event_id,
    gap: false,
  };
}

/** `state` with those runs of `before` that have not begun in either: what is drawn of them need not be drawn again. */
export function withUnbegun(state: LabState, before: LabState): LabState {
  const unbegun = ({ status, epochsDone, epochs }: RunState) =>
    status === "queued" && epochsDone === 0 ? epochs : null;
  const runs = [...state.runs].map(([key, run]): [string, RunState] => {
    const old = before.runs.get(key);
    return [key, old && unbegun(run) !== null && unbegun(old) === unbegun(run) ? old : run];
  });
  return { ...state, runs: new Map(runs) };
}

function readEpochs(epochs: EpochColumns): EpochFigures {
  const figures = { epoch: epochs.epoch, ...read<readonly (number | null)[]>(epochs, []) };
  return knownFigures(figures, Boolean(epochs.train_r2));
}

function columnsOf(figures: EpochFigures): RunCurves {
  const curves = { epoch: Column.of(figures.epoch) } as RunCurves;
  for (const metric of METRICS) curves[metric] = Column.of(figures[metric]);
  return curves;
}

/**
 * The state that a view and its curves give. The two may have been taken at different moments: events are to follow the
 * earlier one, and folding those that the later already knew changes nothing in the end.
 */
export function stateFrom(view: ExperimentView, fetched: FetchedCurves): LabState {
  const state = stateFromView(view);
  const runs = new Map(state.runs);
  for (const item of fetched.runs) {
    const run = runs.get(runKey(item));
    if (!run) continue;
    const curves = columnsOf(item.figures);
    const reached = curves.epoch.length ? curves.epoch.last : 0;
    runs.set(runKey(item), { ...run, curves, epochsDone: Math.max(run.epochsDone, reached) });
  }
  const earlier = compareIds(view.last_event_id, fetched.last_event_id) <= 0 ? view : fetched;
  return { ...state, runs, lastEventId: earlier.last_event_id };
}

function withRun(state: LabState, ref: RunRef, change: (run: RunState) => RunState): LabState {
  const run = state.runs.get(runKey(ref));
  if (!run) return state;
  const changed = change(run);
  if (changed === run) return state;
  return { ...state, runs: new Map(state.runs).set(runKey(ref), changed) };
}

/** `run` with the first of these epochs that has no finite train loss, unless an earlier one is known. */
function withDivergence(run: RunState, { epoch, train_loss }: EpochColumns): RunState {
  const found = epoch[train_loss.indexOf(null)];
  if (found === undefined || found >= (run.divergedAt ?? Number.POSITIVE_INFINITY)) return run;
  return { ...run, divergedAt: found };
}

function withEpochs(before: LabState, data: RunRef & EpochColumns): LabState {
  // Also looks at epochs that the state has: they may have come with curves, which are thinned.
  const state = withRun(before, data, (run) => withDivergence(run, data));
  const run = state.runs.get(runKey(data));
  if (!run) return state;
  const { curves } = run;
  const last = curves.epoch.length ? curves.epoch.last : 0;
  const fresh = data.epoch.findIndex((epoch) => epoch > last);
  if (fresh < 0) return state;
  if ((data.epoch[fresh] as number) > last + 1) return { ...state, gap: true };
  const grown = { epoch: curves.epoch.append(data.epoch, fresh) } as RunCurves;
  const columns = readEpochs(data);
  for (const metric of METRICS) grown[metric] = curves[metric].append(columns[metric], fresh);
  return withRun(state, data, () => ({ ...run, curves: grown, epochsDone: grown.epoch.last }));
}

/** Kept beside the runs: a run that has a new snapshot is drawn as before. */
function withSnapshots(state: LabState, data: RunRef & { epoch: number[] }): LabState {
  const key = runKey(data);
  const before = state.snapshots.get(key) ?? -1;
  const newest = Math.max(before, ...data.epoch);
  if (newest === before || !state.runs.has(key)) return state;
  return { ...state, snapshots: new Map(state.snapshots).set(key, newest) };
}

function changed(state: LabState, event: LabEvent): LabState {
  switch (event.event) {
    case "experiment_started":
    case "experiment_resumed":
      return { ...state, status: "running" };
    case "experiment_paused":
      return { ...state, status: "paused" };
    case "experiment_finished":
      return { ...state, status: "finished" };
    case "experiment_failed":
      return { ...state, status: "failed" };
    case "experiment_cancelled":
      return { ...state, status: "cancelled" };
    case "run_started":
      return withRun(state, event.data, (run) => ({ ...run, status: "running" }));
    case "run_queued":
      return withRun(state, event.data, (run) => ({ ...run, status: "queued" }));
    case "run_paused":
      return withRun(state, event.data, (run) => ({ ...run, status: "paused" }));
    case "run_cancelled":
      return withRun(state, event.data, (run) => ({ ...run, status: "cancelled" }));
    case "run_failed":
      return withRun(state, event.data, (run) => {
        const { error, log = null } = event.data;
        return { ...run, status: "failed", error, log };
      });
    case "run_finished": {
      const { epochs_done, seconds, weights, metrics = null, best_epoch = null } = event.data;
      return withRun(state, event.data, (run) => ({
        ...run,
        status: "finished",
        epochsDone: epochs_done,
        figures: read<number | null>(event.data, null),
        seconds,
        weights,
        metrics,
        bestEpoch: best_epoch,
      }));
    }
    case "epochs":
      return withEpochs(state, event.data);
    case "snapshots":
      return withSnapshots(state, event.data);
  }
}

/**
 * `state` after `event`. Repeats are legal and change nothing but the last id: epochs already held are left out, and a
 * chunk that begins too late sets `gap` instead of leaving a hole in a curve.
 */
export function fold(state: LabState, event: LabEvent): LabState {
  return { ...changed(state, event), lastEventId: event.id };
}

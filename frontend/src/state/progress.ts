import type { LabState } from "./fold";
import { isClosed } from "./status";

/** Epochs done of all runs together, at a moment in milliseconds. */
export interface Sample {
  at: number;
  done: number;
}

export interface Progress {
  done: number;
  total: number;
  /** Epochs a second over the last half minute; null before anything can be said. */
  rate: number | null;
  /** Seconds; null where the rate is not known, or not for long enough to tell the future from it. */
  left: number | null;
}

const SPAN = 30_000;

/** Samples closer than this tell no more than the later one. */
const STEP = 200;

const LEAST_FOR_LEFT = 2_000;

function epochsDone(state: LabState): number {
  let done = 0;
  for (const run of state.runs.values()) done += run.epochsDone;
  return done;
}

/**
 * `samples` with one of `state`, without those that have become too old to tell the present rate. What was done before
 * a pause tells nothing.
 */
export function sampled(samples: readonly Sample[], state: LabState, at: number): readonly Sample[] {
  if (state.status === "paused") return [];
  const [last, beforeIt] = [samples.at(-1), samples.at(-2)];
  const spaced = last && beforeIt && last.at - beforeIt.at < STEP ? samples.slice(0, -1) : samples;
  const recent = spaced.filter((sample) => at - sample.at <= SPAN);
  return [...recent, { at, done: epochsDone(state) }];
}

/** Progress of the experiment. A closed run has nothing left to do. */
export function progress(state: LabState, samples: readonly Sample[]): Progress {
  let total = 0;
  let left = 0;
  for (const run of state.runs.values()) {
    // Early stopping may have ended a run before its last epoch.
    const planned = run.status === "finished" ? run.epochsDone : run.epochs;
    total += planned;
    if (!isClosed(run.status)) left += planned - run.epochsDone;
  }
  const done = epochsDone(state);
  const first = samples[0];
  const last = samples.at(-1);
  const grew = first && last && last.at - first.at >= 50 && last.done > first.done;
  const rate = grew ? (1000 * (last.done - first.done)) / (last.at - first.at) : null;
  const reliable = rate && last && first && last.at - first.at >= LEAST_FOR_LEFT;
  return { done, total, rate, left: reliable ? left / rate : null };
}

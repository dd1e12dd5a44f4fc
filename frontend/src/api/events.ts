import type { CurveColumns, RunFinished } from "./types";

/** One run's name within its experiment. */
export interface RunRef {
  arm: string;
  seed: number;
}

/** What every epoch is measured by. The score is accuracy, or r² in regression. */
export const METRICS = ["train_score", "test_score", "train_loss", "test_loss"] as const;
export type Metric = (typeof METRICS)[number];

export type Figures = Record<Metric, number | null>;
export type EpochColumns = CurveColumns;

/** Something of each metric as the service writes it: the score by its own name. */
export interface Written<T> {
  train_accuracy?: T | null | undefined;
  test_accuracy?: T | null | undefined;
  train_r2?: T | null | undefined;
  test_r2?: T | null | undefined;
  train_loss: T;
  test_loss: T;
}

/** What the service wrote, by metric; `none` where it wrote nothing. */
export function read<T>(written: Written<T>, none: T): Record<Metric, T> {
  return {
    train_score: written.train_accuracy ?? written.train_r2 ?? none,
    test_score: written.test_accuracy ?? written.test_r2 ?? none,
    train_loss: written.train_loss,
    test_loss: written.test_loss,
  };
}

interface Payloads {
  experiment_started: object;
  experiment_paused: object;
  experiment_resumed: object;
  experiment_finished: object;
  experiment_failed: object;
  experiment_cancelled: object;
  run_started: RunRef & { attempt: number };
  run_queued: RunRef;
  run_paused: RunRef;
  run_cancelled: RunRef;
  run_failed: RunRef & { error: string; log?: readonly string[] };
  run_finished: RunFinished;
  epochs: RunRef & EpochColumns;
  /** The weights were looked at after these epochs; what was seen can be fetched. */
  snapshots: RunRef & { epoch: number[] };
}

export type EventName = keyof Payloads;

/** What happened to an experiment, as its log has it. `id` is "milliseconds-sequence". */
export type LabEvent = { [Name in EventName]: { id: string; event: Name; data: Payloads[Name] } }[EventName];

export const EVENT_NAMES: readonly EventName[] = [
  "experiment_started",
  "experiment_paused",
  "experiment_resumed",
  "experiment_finished",
  "experiment_failed",
  "experiment_cancelled",
  "run_started",
  "run_queued",
  "run_paused",
  "run_cancelled",
  "run_failed",
  "run_finished",
  "epochs",
  "snapshots",
];

const CLOSING: ReadonlySet<EventName> = new Set(["experiment_finished", "experiment_failed", "experiment_cancelled"]);

/** Whether nothing comes after this event. */
export function closes(event: LabEvent): boolean {
  return CLOSING.has(event.event);
}

/** Orders ids: below 0 where `a` is the earlier. */
export function compareIds(a: string, b: string): number {
  const [aTime = 0, aSequence = 0] = a.split("-").map(Number);
  const [bTime = 0, bSequence = 0] = b.split("-").map(Number);
  return aTime - bTime || aSequence - bSequence;
}

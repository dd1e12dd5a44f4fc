import type { CurveColumns, RunFinished, RunView } from "../api/types";

/** One run's name within its experiment. */
export interface RunRef {
  arm: string;
  seed: number;
}

export const METRICS = ["train_accuracy", "test_accuracy", "train_loss", "test_loss"] as const;
export type Metric = (typeof METRICS)[number];

export type Figures = Pick<RunView, Metric>;
export type EpochColumns = CurveColumns;

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
  run_failed: RunRef & { error: string };
  run_finished: RunFinished;
  epochs: RunRef & EpochColumns;
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

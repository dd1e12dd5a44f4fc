/** Events of an experiment's log, and the metrics in them. */
import type { components } from "./schema";
import type { CurveColumns, Score } from "./types";

type Schemas = components["schemas"];

/** A run's identity within its experiment: arm, draw of the rows, and seed. */
export type RunRef = Schemas["RunData"];

/** Metrics of every epoch. The score is accuracy, or r² in regression. */
export const METRICS = ["train_score", "test_score", "train_loss", "test_loss"] as const;
export type Metric = (typeof METRICS)[number];

export type Figures = Record<Metric, number | null>;
export type EpochColumns = CurveColumns;

type Loss = Extract<keyof EpochColumns, Metric>;
type NamedScore = Exclude<keyof EpochColumns, Loss | keyof RunRef | "epoch">;

/** A value for each metric under the API's names: the score is called accuracy or r2. */
export type Written<T> = Record<Loss, T> & { [Name in NamedScore]?: T | null | undefined };

/** Values by metric, from those under the API's names; `none` for an absent score. */
export function read<T>(written: Written<T>, none: T): Record<Metric, T> {
  return {
    train_score: written.train_accuracy ?? written.train_r2 ?? none,
    test_score: written.test_accuracy ?? written.test_r2 ?? none,
    train_loss: written.train_loss,
    test_loss: written.test_loss,
  };
}

/** `value` for every metric, under the API's names. */
export function written<T>(value: T, score: Score) {
  const [train, test] = [`train_${score}`, `test_${score}`] as const;
  return { [train]: value, [test]: value, train_loss: value, test_loss: value };
}

/** An event of an experiment's log. `id` is "milliseconds-sequence". */
export type LabEvent = Exclude<Schemas["EventView"], { event: "reset" }>;
type EventName = LabEvent["event"];

/** Whether the event ends the stream, by its name. */
const IS_LAST: Record<EventName, boolean> = {
  experiment_started: false,
  experiment_paused: false,
  experiment_resumed: false,
  experiment_finished: true,
  experiment_failed: true,
  experiment_cancelled: true,
  run_started: false,
  run_queued: false,
  run_paused: false,
  run_cancelled: false,
  run_failed: false,
  run_finished: false,
  epochs: false,
  snapshots: false,
};

export const EVENT_NAMES = Object.keys(IS_LAST) as EventName[];

/** Tells whether the event ends the stream. */
export function closes({ event }: LabEvent): boolean {
  return IS_LAST[event];
}

/** Compares two ids: negative if `a` is earlier. */
export function compareIds(a: string, b: string): number {
  const [aTime = 0, aSequence = 0] = a.split("-").map(Number);
  const [bTime = 0, bSequence = 0] = b.split("-").map(Number);
  return aTime - bTime || aSequence - bSequence;
}

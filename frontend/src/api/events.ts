/** The events of an experiment's log, and what they measure. */
import type { components } from "./schema";
import type { CurveColumns } from "./types";

type Schemas = components["schemas"];

/** One run's name within its experiment. */
export type RunRef = Schemas["RunData"];

/** Measures of every epoch. The score is accuracy, or r² in regression. */
export const METRICS = ["train_score", "test_score", "train_loss", "test_loss"] as const;
export type Metric = (typeof METRICS)[number];

export type Figures = Record<Metric, number | null>;
export type EpochColumns = CurveColumns;

type Loss = Extract<keyof EpochColumns, Metric>;
type NamedScore = Exclude<keyof EpochColumns, Loss | "epoch">;

/** A value for each metric under the service's names: the score is called accuracy or r2. */
export type Written<T> = Record<Loss, T> & { [Name in NamedScore]?: T | null | undefined };

/** The values by metric; `none` for a score that is absent. */
export function read<T>(written: Written<T>, none: T): Record<Metric, T> {
  return {
    train_score: written.train_accuracy ?? written.train_r2 ?? none,
    test_score: written.test_accuracy ?? written.test_r2 ?? none,
    train_loss: written.train_loss,
    test_loss: written.test_loss,
  };
}

/** An event of an experiment's log. `id` is "milliseconds-sequence". */
export type LabEvent = Exclude<Schemas["EventView"], { event: "reset" }>;
type EventName = LabEvent["event"];

/** Every event's name, with whether nothing comes after it. */
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

/** Whether nothing comes after this event. */
export function closes({ event }: LabEvent): boolean {
  return IS_LAST[event];
}

/** Orders ids: below 0 where `a` is the earlier. */
export function compareIds(a: string, b: string): number {
  const [aTime = 0, aSequence = 0] = a.split("-").map(Number);
  const [bTime = 0, bSequence = 0] = b.split("-").map(Number);
  return aTime - bTime || aSequence - bSequence;
}

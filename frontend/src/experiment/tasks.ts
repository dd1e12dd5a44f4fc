/** Tasks: the kinds of target that are predicted, and what follows from a task alone. */
import type { Preview } from "../api/types";

export type Task = Preview["task"];

const OF_EACH: Readonly<Record<Task, "binary" | "multiclass" | "regression">> = {
  binary: "binary",
  multiclass: "multiclass",
  labels: "binary",
  regression: "regression",
  targets: "regression",
};

/** The task of each single target: several labels are two classes each, several targets a regression each. */
export function ofEach(task: Task): "binary" | "multiclass" | "regression" {
  return OF_EACH[task];
}

/** Whether numbers are predicted, and not classes or labels. */
export function isNumeric(task: Task): boolean {
  return OF_EACH[task] === "regression";
}

/** Whether each row is of one class. */
export function hasClasses(task: Task): boolean {
  return task === "binary" || task === "multiclass";
}

/** The target of a data set in a few words: "2 classes", "3 labels to predict at once". */
export function targetPhrase({
  task,
  classes,
  target_names,
}: Pick<Preview, "task" | "classes" | "target_names">): string {
  if (task === "labels") return `${target_names.length} labels to predict at once`;
  if (task === "targets") return `${target_names.length} numbers to predict at once`;
  return task === "regression" ? "a number to predict" : `${classes} classes`;
}

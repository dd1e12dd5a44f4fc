import type { Score } from "../../api/types";
import { scoreName } from "../../format";
import type { ArmState } from "../../state/arms";

/** Sets of rows and their names. */
export const SETS: Readonly<Record<string, string>> = {
  train: "train",
  test: "test",
  validation: "validation",
  holdout: "sealed",
};

/** Metrics of the last weights, and their names, in order. Earlier versions of the lab computed fewer. */
export const METRICS: Readonly<Record<Score, Readonly<Record<string, string>>>> = {
  accuracy: {
    accuracy: "accuracy",
    balanced_accuracy: "balanced accuracy",
    precision: "precision",
    recall: "recall",
    f1: "F1",
    auc: "AUC",
    average_precision: "average precision",
    predicted_classes: "classes predicted",
  },
  r2: { r2: "r²", mae: "MAE", rmse: "RMSE" },
};

/** A column of the results; `id` stands in the address. */
export interface Column {
  id: string;
  title: string;
  /** Set and metric, for a metric of the last weights. */
  metric?: readonly [set: string, name: string];
  /** `layer weight`, for the norms of a weight. */
  weight?: string;
}

/** Weights that any arm constrains: those are compared, in the arms that leave them free too. */
function compared(arms: readonly ArmState[]): string[] {
  const constrained = arms.flatMap((arm) => arm.weights.filter((weight) => weight.constraint !== null));
  return [...new Set(constrained.map((weight) => `${weight.layer} ${weight.weight}`))];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** All columns that the arms have figures for, and the ids of those that are shown where nothing was chosen. */
export function columnsOf(arms: readonly ArmState[], score: Score): { all: Column[]; usual: string[] } {
  const name = scoreName(score);
  const sets = Object.keys(SETS).filter((set) => arms.some((arm) => arm.metrics[set]));
  const has = (set: string) => sets.includes(set);
  const metricOf = (set: string, metric: string): Column => ({
    id: `${set}_${metric}`,
    title: capital(`${SETS[set]} ${METRICS[score][metric]}`),
    metric: [set, metric],
  });
  const usual: Column[] = [
    { id: `train_${score}`, title: `Train ${name}` },
    { id: `test_${score}`, title: `Test ${name}` },
    { id: "gap", title: "Gap" },
    ...(has("validation") ? [metricOf("validation", score)] : []),
    ...(has("holdout") ? [metricOf("holdout", score)] : []),
    { id: "train_loss", title: "Train loss" },
    { id: "test_loss", title: "Test loss" },
    ...(arms.some((arm) => arm.runs.length > 1) ? [{ id: "n", title: "n" }] : []),
    ...compared(arms).map((weight) => ({ id: `norms.${weight.replace(" ", ".")}`, title: `${weight} norms`, weight })),
  ];
  const others = sets.flatMap((set) => Object.keys(METRICS[score]).map((metric) => metricOf(set, metric)));
  const known = new Set(usual.map(({ id }) => id));
  const rest = [...others.filter(({ id }) => !known.has(id)), { id: "seconds", title: "Seconds" }];
  return { all: [...usual, ...rest], usual: usual.map(({ id }) => id) };
}

/** The columns that an address asks for, in its order; the usual ones where it names none, as `written` is null then. */
export function chosenColumns(written: string | null, { all, usual }: ReturnType<typeof columnsOf>): Column[] {
  const ids = written === null ? usual : [...new Set(written.split(","))];
  return ids.flatMap((id) => all.find((column) => column.id === id) ?? []);
}

/** `ids` with one of them `by` places further; the same where it would leave the list. */
export function moved(ids: readonly string[], id: string, by: number): readonly string[] {
  const at = ids.indexOf(id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= ids.length) return ids;
  return ids.toSpliced(at, 1).toSpliced(to, 0, id);
}

import type { WrittenNorms } from "../api/types";

type Written = WrittenNorms["arms"][number]["weights"][number];

const COLUMNS = ["min", "lower", "median", "mean", "upper", "max"] as const;
type Column = (typeof COLUMNS)[number];

/**
 * One weight of one arm over time: figures of its groups' norms over the seeds that have reached each epoch, NaN where a
 * run diverged; the share that binds; how far the last projection moved the weight.
 */
export interface WeightNorms
  extends Omit<Written, Column | "limits" | "binding" | "projection">,
    Record<Column, number[]> {
  limits: [low: number | null, high: number | null];
  binding: number[] | null;
  projection: number[] | null;
}

export interface ArmNorms {
  name: string;
  seeds: number;
  weights: WeightNorms[];
}

function known(values: readonly (number | null)[]): number[] {
  return values.map((value) => value ?? Number.NaN);
}

/** The norms of all arms, as they were written. */
export function normsOf({ arms }: WrittenNorms): ArmNorms[] {
  return arms.map(({ name, seeds, weights }) => ({
    name,
    seeds,
    weights: weights.map((weight) => ({
      ...weight,
      ...(Object.fromEntries(COLUMNS.map((column) => [column, known(weight[column])])) as Record<Column, number[]>),
      limits: [weight.limits[0] ?? null, weight.limits[1] ?? null],
      binding: weight.binding && known(weight.binding),
      projection: weight.projection && known(weight.projection),
    })),
  }));
}

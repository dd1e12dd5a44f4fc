import type { Score } from "../../api/types";
import type { ArmSeries, Family } from "../../charts/series";
import type { SpreadKind } from "../../charts/spread";

const FLOORS: Record<Score, number[]> = { accuracy: [0.5, 0.25, 0], r2: [0.5, 0, -0.5, -1] };
/** Share of the epochs whose extremes the range makes no room for. */
const EARLY = 0.05;
/** Share of the epochs after which curves that all lie below the least floor must be seen. */
const LATE = 0.5;
const NICE = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The vertical range of a logarithmic axis that all panels share: whole decades around all points above 0. */
export function decades(arms: readonly ArmSeries[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const arm of arms) {
    for (const { mean } of [arm.train, arm.test]) {
      for (const value of mean) {
        if (value > 0 && value < low) low = value;
        if (value > high && value < Number.POSITIVE_INFINITY) high = value;
      }
    }
  }
  if (high === 0) return [0.1, 1];
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  return [10 ** from, 10 ** Math.max(to, from + 1)];
}

/**
 * The vertical range that all panels share. It takes few values, so that axes stand still while points arrive: accuracy
 * runs to 1 from a floor of 0.5, 0.25 or 0, r² from one of 0.5, 0, -0.5 or -1 (it has no least value: what is worse lies
 * below, unless all later epochs do); loss from 0 to a round figure above all points.
 */
export function sharedRange(
  arms: readonly ArmSeries[],
  family: Family,
  score: Score,
  spread: SpreadKind = "sd",
): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  const extremes = spread === "range" || spread === "runs";
  const take = (values: Float64Array) => {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  };
  for (const arm of arms) {
    for (const { mean, pool } of [arm.train, arm.test]) {
      take(mean);
      if (!extremes || !pool) continue;
      // One run's bad start may leave the panel: it says less than the rest, which it would press together.
      const begun = Math.floor(EARLY * mean.length);
      take(pool.low.subarray(begun));
      take(pool.high.subarray(begun));
    }
  }
  if (family === "score") {
    const floors = FLOORS[score];
    const least = floors.at(-1) ?? 0;
    const late = lateExtremes(arms);
    const floor = late.high < least ? -roundAbove(-late.low) : (floors.find((bound) => low >= bound) ?? least);
    return [floor, 1 + 0.03 * (1 - floor)];
  }
  if (high === 0) return [0, 1];
  return [0, roundAbove(high)];
}

/** A round figure that isn't below `value`, which is above 0. */
function roundAbove(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return decade * (NICE.find((step) => step * decade >= value) ?? 10);
}

/** The least and the greatest of the curves' later epochs. */
function lateExtremes(arms: readonly ArmSeries[]): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { train, test } of arms) {
    for (const { mean } of [train, test]) {
      for (const value of mean.subarray(Math.floor(LATE * mean.length))) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  }
  return high === Number.NEGATIVE_INFINITY ? { low: 0, high: 0 } : { low, high };
}

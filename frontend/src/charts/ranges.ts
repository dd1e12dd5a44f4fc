import type { Score } from "../api/types";
import type { ArmSeries, Family } from "./series";

const FLOORS: Record<Score, number[]> = { accuracy: [0.5, 0.25, 0], r2: [0.5, 0, -0.5, -1] };
const NICE = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/**
 * The vertical range that all panels share. It takes few values, so that axes stand still while points arrive: accuracy
 * runs to 1 from a floor of 0.5, 0.25 or 0, r² from one of 0.5, 0, -0.5 or -1 (it has no least value: what is worse lies
 * below); loss from 0 to a round figure above all points.
 */
export function sharedRange(arms: readonly ArmSeries[], family: Family, score: Score): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const arm of arms) {
    for (const series of [arm.train, arm.test]) {
      for (const value of series.mean) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  }
  if (family === "score") {
    const floors = FLOORS[score];
    const floor = floors.find((bound) => low >= bound) ?? floors.at(-1) ?? 0;
    return [floor, 1 + 0.03 * (1 - floor)];
  }
  if (high === 0) return [0, 1];
  const decade = 10 ** Math.floor(Math.log10(high));
  const top = decade * (NICE.find((step) => step * decade >= high) ?? 10);
  return [0, top];
}

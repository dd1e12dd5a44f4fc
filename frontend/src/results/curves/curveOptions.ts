import type { Score } from "../../api/types";
import { armColour } from "../../charts/palette";
import { ArmFollowing, type ArmSeries, type Family } from "../../charts/series";
import type { SpreadKind } from "../../charts/spread";
import type { ArmState } from "../../state/arms";
import type { Scheme } from "../../ui/scheme";
import type { DrawnArm, View } from "./curves";
import { decades, sharedRange } from "./ranges";

/** Options of the curves. Kept while other views are shown. */
export interface CurveOptions {
  family: Family;
  log: boolean;
  /** Whether the axis of the loss is logarithmic. */
  logLoss: boolean;
  together: boolean;
  /** Epochs of the running mean; 1 draws the curves as they are. */
  smoothing: number;
  /** First and last epoch that are drawn; null for all. */
  zoom: readonly [number, number] | null;
}

export const CURVE_OPTIONS: CurveOptions = {
  family: "score",
  log: false,
  logLoss: false,
  together: false,
  smoothing: 1,
  zoom: null,
};

/** Numbers of epochs offered for the running mean: odd, so that as many come before an epoch as after it. */
export const SMOOTHINGS = [1, 5, 25, 101] as const;

/** One arm as it is drawn. */
export function drawnArm(arm: ArmState, family: Family, scheme: Scheme, following = new ArmFollowing()): DrawnArm {
  return { name: arm.name, colour: armColour(arm.hue, scheme), series: following.series(arm.runs, family) };
}

/** Range of the curves that the options select. */
export function viewOf(
  { family, log, logLoss, smoothing, zoom }: CurveOptions,
  spread: SpreadKind,
  lastEpoch: number,
  drawn: readonly DrawnArm[],
  score: Score,
): View {
  const series = drawn.map((arm): ArmSeries => arm.series);
  const logY = family === "loss" && logLoss;
  const y = logY ? decades(series) : sharedRange(series, family, score, spread);
  return { family, spread, log, logY, smoothing, epochs: zoom ?? [log ? 1 : 0, lastEpoch], y };
}

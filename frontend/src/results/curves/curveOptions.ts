import type { Score } from "../../api/types";
import { armColour } from "../../charts/palette";
import { ArmFollowing, type ArmSeries, type Family } from "../../charts/series";
import type { SpreadKind } from "../../charts/spread";
import type { ArmState } from "../../state/arms";
import type { Scheme } from "../../ui/scheme";
import type { DrawnArm, View } from "./curves";
import { sharedRange } from "./ranges";

/** Options of the curves. Kept while other views are shown. */
export interface CurveOptions {
  family: Family;
  log: boolean;
  together: boolean;
  zoom: Pick<View, "epochs" | "y"> | null;
}

export const CURVE_OPTIONS: CurveOptions = { family: "score", log: false, together: false, zoom: null };

/** One arm as it is drawn. */
export function drawnArm(arm: ArmState, family: Family, scheme: Scheme, following = new ArmFollowing()): DrawnArm {
  return { name: arm.name, colour: armColour(arm.hue, scheme), series: following.series(arm.runs, family) };
}

/** Range of the curves that the options select. */
export function viewOf(
  { family, log, zoom }: CurveOptions,
  spread: SpreadKind,
  lastEpoch: number,
  drawn: readonly DrawnArm[],
  score: Score,
): View {
  const [low, high] = sharedRange(
    drawn.map((arm): ArmSeries => arm.series),
    family,
    score,
    spread,
  );
  return { family, spread, log, epochs: zoom?.epochs ?? [log ? 1 : 0, lastEpoch], y: zoom?.y ?? [low, high] };
}

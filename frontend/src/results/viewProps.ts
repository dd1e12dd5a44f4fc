import type { ReactNode } from "react";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import type { SpreadKind } from "../charts/spread";
import type { ArmState } from "../state/arms";
import type { ExperimentData } from "../state/experimentData";
import { type LabState, runKey } from "../state/fold";
import type { CurveOptions } from "./curves/curveOptions";

/** The properties that every view is drawn from. */
export interface ViewProps {
  view: ExperimentView;
  state: LabState;
  catalog: Catalog;
  /** Arms that have panels. */
  arms: readonly ArmState[];
  allArms: readonly ArmState[];
  data: ExperimentData;
  /** Changes whenever there is more to fetch. */
  version: string;
  /** The last epoch of the axes that all arms share. */
  lastEpoch: number;
  /** How the curves are drawn; kept while other views are shown. */
  curves: {
    options: CurveOptions;
    onOptions: (options: CurveOptions) => void;
    spread: SpreadKind;
    onSpread: (spread: SpreadKind) => void;
  };
  /** Answers of the experiment's sweep and of its comparison of methods. */
  answers: ReactNode;
  /** Whether the first points have been drawn, so that the rest may be. */
  settled: boolean;
}

/** The name of each arm, with a string that changes when there are more frames of it. */
export function frameVersions({ state, arms }: Pick<ViewProps, "state" | "arms">): [arm: string, version: string][] {
  return arms.map((arm) => {
    const first = arm.runs[0];
    return [arm.name, first ? `${state.snapshots.get(runKey(first)) ?? ""} ${first.status}` : ""];
  });
}

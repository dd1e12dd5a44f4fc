import type { ReactNode } from "react";
import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import type { SpreadKind } from "../charts/spread";
import type { ArmState } from "../state/arms";
import type { LabState } from "../state/fold";
import type { CurveOptions } from "./curves/curveOptions";

/** The properties that every view is drawn from. */
export interface ViewProps {
  view: ExperimentView;
  state: LabState;
  catalog: Catalog;
  /** Arms that have panels. */
  arms: readonly ArmState[];
  allArms: readonly ArmState[];
  /** The last epoch of the axes that all arms share. */
  lastEpoch: number;
  /** Options of the curves, kept while other views are shown. */
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

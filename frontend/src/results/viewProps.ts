import type { Catalog } from "../api/catalog";
import type { ExperimentView } from "../api/types";
import type { ArmState } from "../state/arms";
import type { Seeing } from "../state/experimentData";
import { type LabState, runKey } from "../state/fold";

/** What a view is drawn from. */
export interface Looking {
  view: ExperimentView;
  state: LabState;
  arms: readonly ArmState[];
  seeing: Seeing;
  catalog: Catalog;
  /** Changes whenever there is more to fetch. */
  version: string;
}

/** Of each arm, its name and a word that changes when there are more frames of it. */
export function frameVersions({ state, arms }: Pick<Looking, "state" | "arms">): [arm: string, version: string][] {
  return arms.map((arm) => {
    const first = arm.runs[0];
    return [arm.name, first ? `${state.snapshots.get(runKey(first)) ?? ""} ${first.status}` : ""];
  });
}

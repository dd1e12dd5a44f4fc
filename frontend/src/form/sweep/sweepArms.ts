import type { CheckView } from "../../api/types";
import type { Setup } from "../store";

/** The arms that the service makes of the draft's sweep, as far as it has told; none where there is no sweep. */
export function sweepArms({ draft, checked }: Pick<Setup, "draft" | "checked">): CheckView["arms"] {
  if (!draft.sweep || !checked) return [];
  return checked.view.arms.slice(checked.by.arms.length);
}

/** Whether what the service told of the sweep's arms is about this very draft; true where there is no sweep. */
export function areSweepArmsKnown({ draft, checked }: Pick<Setup, "draft" | "checked">): boolean {
  return !draft.sweep || checked?.by === draft;
}

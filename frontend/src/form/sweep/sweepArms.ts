import type { CheckView } from "../../api/types";
import type { Setup } from "../store";

/** Arms of the draft's sweep, from the last check; none without a sweep or before a check. */
export function sweepArms({ draft, checked }: Pick<Setup, "draft" | "checked">): CheckView["arms"] {
  if (!draft.sweep || !checked) return [];
  return checked.view.arms.slice(checked.draft.arms.length);
}

/** Tells whether `sweepArms` are those of this very draft; true without a sweep. */
export function areSweepArmsKnown({ draft, checked }: Pick<Setup, "draft" | "checked">): boolean {
  return !draft.sweep || checked?.draft === draft;
}

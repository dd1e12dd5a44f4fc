import type { ComparisonAnswer, ExperimentView, SweepAnswer } from "../api/types";
import type { ArmState } from "../state/arms";

type Arm = NonNullable<ExperimentView["experiment"]["arms"]>[number];

/** Whether an arm is one of many for one question: an arm of a sweep, or a trial of a method. */
function isOneOfMany(arm: Arm): boolean {
  return Boolean(arm.point || arm.family);
}

/**
 * The arms that have panels beside the answers: those of one's own, and of the arms of a sweep and of the trials of
 * methods those that were chosen.
 */
export function visibleArms(
  arms: readonly ArmState[],
  view: Pick<ExperimentView, "experiment">,
  sweep: Pick<SweepAnswer, "points" | "best" | "pick"> | undefined,
  comparison: Pick<ComparisonAnswer, "families"> | undefined,
): readonly ArmState[] {
  const chosen = new Set([
    ...[sweep?.best, sweep?.pick].map((index) => sweep?.points[index ?? -1]?.arm),
    ...(comparison?.families.map((family) => family.chosen) ?? []),
  ]);
  // Before an experiment is created, its arms don't include those of the sweep.
  const listed = view.experiment.arms ?? [];
  const own = new Set(listed.filter((arm) => !isOneOfMany(arm)).map((arm) => arm.name));
  return arms.filter(({ name }, index) => index === 0 || own.has(name) || chosen.has(name));
}

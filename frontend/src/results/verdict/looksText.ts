import type { ArmVerdict } from "../../api/types";
import type { Unit } from "../../experiment/replicates";
import { count, plural } from "../../format";

/** "Look 2: seeds were added once.", "Look 2 of 5." Null at the first look of a study without a plan. */
export function looksText(look: number, planned: number | null, unit: Unit): string | null {
  const additions = look - 1;
  if (planned !== null) {
    if (look <= planned) return `Look ${count(look)} of ${count(planned)}.`;
    return `Look ${count(look)}, beyond the ${count(planned)} that were planned: this needs far more evidence.`;
  }
  if (additions === 0) return null;
  return `Look ${count(look)}: ${unit === "draw" ? "runs" : "seeds"} were added ${additions === 1 ? "once" : `${count(additions)} times`}.`;
}

/** The offer of seeds or draws at look `look`: "Add 10 seeds to every arm", or how the next look stands to its plan. */
export function addText(more: number, unit: "seed" | "draw", look: number, planned: number | null): string {
  const offer = `Add ${plural(more, unit)}`;
  if (planned === null) return `${offer} to every arm`;
  return look < planned ? `${offer} (look ${count(look + 1)} of ${count(planned)})` : `${offer} (beyond the plan)`;
}

/**
 * Seeds to offer: those that some arm needs, or while planned looks are left those of a look, `step`. 0 where there is
 * nothing to offer, as where no arm's limit was ever reached.
 */
export function seedsToOffer(
  arms: readonly Pick<ArmVerdict, "more_seeds" | "chip">[],
  step: number,
  look: number,
  planned: number | null,
): number {
  const isOpen = arms.some(({ chip }) => chip !== null && chip !== "never_reached" && chip !== "same_as_baseline");
  return moreSeeds(arms) || (isOpen && planned !== null && look < planned ? step : 0);
}

/** Whether other draws of the rows could answer otherwise: not where no arm's limit was ever reached. */
export function isOpenToDraws(arms: readonly Pick<ArmVerdict, "chip">[]): boolean {
  return arms.some(({ chip }) => chip !== null && chip !== "never_reached");
}

/** Draws to offer of the `room` for them: while an arm's answer is open, or planned looks are left. */
export function drawsToOffer(
  arms: readonly Pick<ArmVerdict, "chip">[],
  room: number,
  look: number,
  planned: number | null,
): number {
  const isOpen = arms.some(({ chip }) => chip === "too_early" || chip === "no_difference");
  const isPlanned = planned !== null && look < planned && arms.some(({ chip }) => chip === "helps" || chip === "hurts");
  return isOpen || isPlanned ? room : 0;
}

/** Seeds to add so that every arm that needs more has enough; 0 where none does. */
export function moreSeeds(arms: readonly Pick<ArmVerdict, "more_seeds">[]): number {
  return Math.max(0, ...arms.map((arm) => arm.more_seeds ?? 0));
}

import { count, plural } from "../../format";

/** "Look 2: seeds were added once.", "Look 2 of 5." Null at the first look of a study without a plan. */
export function looksText(look: number, planned: number | null): string | null {
  const additions = look - 1;
  if (planned !== null) {
    if (look <= planned) return `Look ${count(look)} of ${count(planned)}.`;
    return `Look ${count(look)}, beyond the ${count(planned)} that were planned: this needs far more evidence.`;
  }
  if (additions === 0) return null;
  return `Look ${count(look)}: seeds were added ${additions === 1 ? "once" : `${count(additions)} times`}.`;
}

/** The offer of seeds at look `look`: "Add 10 seeds to every arm", or how the next look stands to its plan. */
export function addText(seeds: number, look: number, planned: number | null): string {
  const offer = `Add ${plural(seeds, "seed")}`;
  if (planned === null) return `${offer} to every arm`;
  return look < planned ? `${offer} (look ${count(look + 1)} of ${count(planned)})` : `${offer} (beyond the plan)`;
}

/**
 * Seeds to offer: those that the answer `needs`, or while planned looks are left those of a look, `step`. 0 where there
 * is nothing to offer.
 */
export function seedsToOffer(needs: number, step: number, look: number, planned: number | null): number {
  return needs || (planned !== null && look < planned ? step : 0);
}

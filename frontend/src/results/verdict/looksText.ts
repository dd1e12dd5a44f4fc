import { count } from "../../format";

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

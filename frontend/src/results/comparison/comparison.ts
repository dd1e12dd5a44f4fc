import type { ComparisonAnswer } from "../../api/types";
import type { Unit } from "../../experiment/replicates";
import { count, plural } from "../../format";

/** Largest distance of any interval's end from zero. */
export function comparisonExtent(
  families: readonly Pick<ComparisonAnswer["families"][number], "difference">[],
): number {
  const ends = families.flatMap(({ difference }) =>
    difference ? [difference.mean, difference.low ?? 0, difference.high ?? 0] : [],
  );
  return Math.max(...ends.map(Math.abs), 0.01);
}

/** "A claim needs at least 9 seeds; 8 have finished." Null where they are enough. */
export function fewText({ needed, has }: Pick<ComparisonAnswer, "needed" | "has">, unit: Unit): string | null {
  if (has >= needed) return null;
  const finished = has === 0 ? "none has" : `${count(has)} ${has === 1 ? "has" : "have"}`;
  return `A claim needs at least ${plural(needed, unit)}; ${finished} finished.`;
}

import type { ComparisonAnswer } from "../../api/types";

/** Largest distance of any interval's end from zero. */
export function comparisonExtent(
  families: readonly Pick<ComparisonAnswer["families"][number], "difference">[],
): number {
  const ends = families.flatMap(({ difference }) =>
    difference ? [difference.mean, difference.low ?? 0, difference.high ?? 0] : [],
  );
  return Math.max(...ends.map(Math.abs), 0.01);
}

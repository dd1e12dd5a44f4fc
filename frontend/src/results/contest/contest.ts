import type { ContestAnswer } from "../../api/types";

/** The greatest distance from zero that any interval reaches. */
export function contestExtent(families: readonly Pick<ContestAnswer["families"][number], "difference">[]): number {
  const ends = families.flatMap(({ difference }) =>
    difference ? [difference.mean, difference.low ?? 0, difference.high ?? 0] : [],
  );
  return Math.max(...ends.map(Math.abs), 0.01);
}

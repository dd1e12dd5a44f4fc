import type { ComparisonAnswer } from "../../api/types";
import type { Unit } from "../../experiment/replicates";
import { count, majorityText, plural } from "../../format";

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

/** For each method whose pick lies at the end of its range, a sentence on it. */
export function rangeEndTexts(
  families: readonly Pick<ComparisonAnswer["families"][number], "chosen" | "range_end">[],
): string[] {
  return families.flatMap(({ chosen, range_end: end }) =>
    chosen === null || end === null
      ? []
      : `${chosen} has the ${end} value that was tried of its method: try ${end === "largest" ? "larger" : "smaller"} values too.`,
  );
}

/** Accuracy of always saying the most frequent class; null in regression. */
export function majorityLine({ majority }: Pick<ComparisonAnswer, "majority">): string | null {
  if (!majority || (majority.validation === null && majority.sealed === null)) return null;
  const { name, validation, sealed } = majority;
  return majorityText(name, [
    ["validation", validation],
    ["sealed", sealed],
  ]);
}

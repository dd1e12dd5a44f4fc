import type { ArmVerdict } from "../../api/types";
import type { Unit } from "../../experiment/replicates";

const SOURCES = [
  ["draws", "between draws of the training rows"],
  ["seeds", "between seeds"],
  ["rows", "by the choice of rows"],
] as const;

/**
 * How much an arm's difference varies, by its sources: "±0.74 between draws of the training rows, ±0.29 between seeds".
 * Null where no source is known. `size` writes a figure in the score's unit.
 */
export function spreadParts(
  parts: ArmVerdict["parts"],
  size: (value: number) => string,
  unit: Unit = "seed",
): string | null {
  if (parts === null) return null;
  const known = SOURCES.flatMap(([source, where]) => {
    const value = parts[source];
    const between = source === "draws" && unit === "fold" ? "between folds" : where;
    return value === null ? [] : [`±${size(value)} ${between}`];
  });
  return known.length ? known.join(", ") : null;
}

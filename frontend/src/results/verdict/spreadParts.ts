import type { ArmVerdict } from "../../api/types";

const SOURCES = [
  ["draws", "between draws of the training rows"],
  ["seeds", "between seeds"],
  ["rows", "by the choice of rows"],
] as const;

/**
 * How much an arm's difference varies, by its sources: "±0.74 between draws of the training rows, ±0.29 between seeds".
 * Null where no source is known. `size` writes a figure in the score's unit.
 */
export function spreadParts(parts: ArmVerdict["parts"], size: (value: number) => string): string | null {
  if (parts === null) return null;
  const known = SOURCES.flatMap(([source, where]) => {
    const value = parts[source];
    return value === null ? [] : [`±${size(value)} ${where}`];
  });
  return known.length ? known.join(", ") : null;
}

import type { Pool } from "./series";

/** Kinds of bands that show the spread over seeds. */
export const SPREADS = ["sd", "se", "ci", "range", "runs"] as const;
export type SpreadKind = (typeof SPREADS)[number];

/** Label of each kind in the choice, and its suffix beside figures. */
export const SPREAD_WORDS: Record<SpreadKind, { title: string; short: string }> = {
  sd: { title: "± SD", short: "± SD" },
  se: { title: "± SE", short: "± SE" },
  ci: { title: "95 % interval", short: "± half the 95 % interval" },
  range: { title: "Least to greatest", short: "least to greatest" },
  runs: { title: "Every run", short: "± SD" },
};

/** Quantiles 0.975 of Student's t for 1 to 9 degrees of freedom (Abramowitz and Stegun 1964, table 26.10). */
const FEW = [12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157];

/** The normal distribution's quantile 0.975. */
const Z = 1.959963985;

/**
 * Student's t, quantile 0.975: half the width of a 95 % interval in standard errors. From 10 degrees of freedom on by
 * Abramowitz and Stegun's expansion 26.7.5, which is right to 2 in 10,000 there.
 */
export function studentT(degrees: number): number {
  if (degrees < 1) return Number.NaN;
  const known = FEW[degrees - 1];
  if (known !== undefined) return known;
  const z = [0, 1, 2, 3, 4, 5, 6, 7].map((power) => Z ** power) as [number, ...number[]];
  const at = (power: number) => z[power] as number;
  return (
    Z +
    (at(3) + Z) / (4 * degrees) +
    (5 * at(5) + 16 * at(3) + 3 * Z) / (96 * degrees ** 2) +
    (3 * at(7) + 19 * at(5) + 17 * at(3) - 15 * Z) / (384 * degrees ** 3)
  );
}

/** Factor from a standard deviation over `n` runs to the half width of a band; NaN with too few runs. */
export function spreadFactor(kind: SpreadKind, n: number): number {
  if (n < 2) return Number.NaN;
  if (kind === "se") return 1 / Math.sqrt(n);
  return kind === "ci" ? studentT(n - 1) / Math.sqrt(n) : 1;
}

interface Bounds {
  lower: Float64Array;
  upper: Float64Array;
}

/** Lower and upper edge of a band at each epoch; NaN where fewer than two runs have reached it. */
export function bounds(pool: Pool, kind: SpreadKind): Bounds {
  const { count, mean, squares, low, high } = pool;
  const lower = new Float64Array(mean.length).fill(Number.NaN);
  const upper = new Float64Array(mean.length).fill(Number.NaN);
  const factors: number[] = [];
  for (let i = 0; i < mean.length; i++) {
    const n = count[i] as number;
    if (n < 2) continue;
    if (kind === "range" || kind === "runs") {
      lower[i] = low[i] as number;
      upper[i] = high[i] as number;
      continue;
    }
    factors[n] ??= spreadFactor(kind, n);
    const half = (factors[n] as number) * Math.sqrt((squares[i] as number) / (n - 1));
    lower[i] = (mean[i] as number) - half;
    upper[i] = (mean[i] as number) + half;
  }
  return { lower, upper };
}

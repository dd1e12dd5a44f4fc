import type { Difference } from "../../api/types";
import type { Unit } from "../../experiment/replicates";
import { count, figure, plural } from "../../format";

const NO_WIDTH = 1e-9;
const FEWEST_PAIRS = 6;
const HUGE_EFFECT = 10;

/** What a difference was paired over: "10 seeds", "5 folds", "300 rows of one seed". */
export function pairsText({ kind, n, rows }: Pick<Difference, "kind" | "n" | "rows">, unit: Unit): string {
  if (kind === "draws") return plural(n, unit === "fold" ? "fold" : "draw");
  return kind === "seeds" || rows === null ? plural(n, "seed") : `${count(rows)} rows of one seed`;
}

/** Whether there is an interval that tells anything: results that are all alike leave it without width. */
export function hasWidth({ low, high }: Pick<Difference, "low" | "high">): boolean {
  return low !== null && high !== null && high - low > NO_WIDTH;
}

/** The effect size, or "–" of few pairs and where there is hardly any spread. */
export function effectText({ effect, n }: Pick<Difference, "effect" | "n">): string {
  return effect === null || n < FEWEST_PAIRS || Math.abs(effect) >= HUGE_EFFECT ? "–" : figure(effect, 2);
}

/** A difference with its sign: "+0.81", "−0.20"; one too small for the decimals as "0.00". */
export function differenceText(value: number | null, digits: number): string {
  const shown = value !== null && Math.abs(value) < 10 ** -digits / 2 ? 0 : value;
  const text = figure(shown, digits);
  return shown !== null && shown > 0 ? `+${text}` : text;
}

/** A p: "0.031", "< 0.001"; "–" of a single pair, which says nothing of others. */
export function chanceText(p: number | null, { kind, n }: Pick<Difference, "kind" | "n">): string {
  if (p === null || (kind !== "rows" && n < 2)) return "–";
  return p < 0.0005 ? "<\u00a00.001" : figure(p);
}

/** What p and interval answer. */
export function answersText(differences: readonly Pick<Difference, "kind" | "rows_error">[], unit: Unit): string {
  if (differences.every(({ kind }) => kind === "rows"))
    return "p and interval say whether other rows would agree, for this one seed.";
  const others = unit === "fold" ? "other folds" : unit === "draw" ? "other draws of the training rows" : "other seeds";
  if (differences.some(({ rows_error }) => rows_error === null))
    return `p and interval say whether ${others} would agree.`;
  return `p says whether ${others} would agree, on these rows; the interval also allows for other rows.`;
}

/** How often studies claim what is not so. Folds of one table can't be added to. */
export function promiseText(unit: Unit, planned: number | null): string {
  const kept = "If all arms were equal, at most one study in 20 would claim a difference";
  if (planned !== null) return `${kept}, all looks together.`;
  return unit === "fold" ? `${kept}.` : `${kept}, even where ${unit}s are added ten at a time.`;
}
